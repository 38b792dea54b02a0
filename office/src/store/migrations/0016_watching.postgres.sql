-- What each device had of its feed when it asked last (numbers for who watches); what those asked before is taken for all of it.
CREATE TABLE fetched (enrolment BYTEA PRIMARY KEY REFERENCES enrolments, n BIGINT NOT NULL, at BIGINT NOT NULL);
INSERT INTO fetched SELECT enrolment, max(n), max(at) FROM feed GROUP BY enrolment;
-- A device's uploads of a day; those that are not whole; those that are whole and not opened.
CREATE INDEX uploads_of_device ON uploads (enrolment, started, length);
CREATE INDEX uploads_open ON uploads (started) WHERE complete IS NULL;
CREATE INDEX uploads_unopened ON uploads (sealed) WHERE complete IS NOT NULL AND clear IS NULL AND fault IS NULL;
