-- Schema 4: the training ledger (R05).

-- `record` is cbor [salt, {certificate, n, at, step}]; its SHA-256 is a leaf of the office's log.
CREATE TABLE training (
  certificate BLOB NOT NULL REFERENCES certificates, n INTEGER NOT NULL, at INTEGER NOT NULL, record BLOB NOT NULL UNIQUE,
  leaf INTEGER NOT NULL, receipt BLOB NOT NULL, PRIMARY KEY (certificate, n)) STRICT;
CREATE TRIGGER training_stays BEFORE UPDATE ON training BEGIN SELECT RAISE(ABORT, 'rows are only appended'); END;
CREATE TRIGGER training_remains BEFORE DELETE ON training BEGIN SELECT RAISE(ABORT, 'rows are only appended'); END;
