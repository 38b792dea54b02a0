-- Orders to wipe lost phones (F44), and what platforms said of devices' keys, as it came (P3).

CREATE TABLE wipes (
  log BLOB PRIMARY KEY, signed BLOB NOT NULL, at INTEGER NOT NULL, not_after INTEGER NOT NULL, handed INTEGER) STRICT;
CREATE TABLE attestations (enrolment BLOB PRIMARY KEY REFERENCES enrolments, said BLOB NOT NULL, verdict TEXT NOT NULL) STRICT;
