-- Schema 6: records beside the steps of a case: its papers as they were made, its publication.

-- `record` is cbor [salt, {procedure, number, kind, n, at, body}]; its SHA-256 is a leaf of the office's log, of the kind `procedure`.
CREATE TABLE case_records (
  procedure BLOB NOT NULL REFERENCES procedures, kind TEXT NOT NULL, n INTEGER NOT NULL, at INTEGER NOT NULL, record BLOB NOT NULL UNIQUE,
  leaf INTEGER NOT NULL, receipt BLOB NOT NULL, PRIMARY KEY (procedure, kind, n)) STRICT;
CREATE TRIGGER case_records_stay BEFORE UPDATE ON case_records BEGIN SELECT RAISE(ABORT, 'records are only appended'); END;
CREATE TRIGGER case_records_remain BEFORE DELETE ON case_records BEGIN SELECT RAISE(ABORT, 'records are only appended'); END;
-- The papers, by their SHA-256, as they were made.
CREATE TABLE case_papers (digest BLOB PRIMARY KEY, pdf BLOB NOT NULL) STRICT;
