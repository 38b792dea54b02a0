-- Schema 13: what every request looks up costs the same in a full office: nonces that have run out, whose phones, whether a log was taken over.
CREATE INDEX IF NOT EXISTS nonces_at ON nonces (at);
CREATE INDEX IF NOT EXISTS enrolments_of_person ON enrolments (person);
CREATE INDEX IF NOT EXISTS entries_adopted ON entries (log) WHERE adopted_by IS NOT NULL;
