-- Orders to wipe lost phones (F44), and what platforms said of devices' keys, as it came (P3).

CREATE TABLE wipes (
  log BYTEA PRIMARY KEY, signed BYTEA NOT NULL, at BIGINT NOT NULL, not_after BIGINT NOT NULL, handed BIGINT);
CREATE TABLE attestations (enrolment BYTEA PRIMARY KEY REFERENCES enrolments, said BYTEA NOT NULL, verdict TEXT COLLATE "C" NOT NULL);
