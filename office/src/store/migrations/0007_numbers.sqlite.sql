-- Schema 7: blocks of paper numbers (J32).

-- `record` is cbor [salt, row]; its SHA-256 is a leaf of the office's log.
CREATE TABLE number_blocks (
  n INTEGER PRIMARY KEY, at INTEGER NOT NULL, record BLOB NOT NULL UNIQUE, leaf INTEGER NOT NULL, receipt BLOB NOT NULL) STRICT;
CREATE TRIGGER number_blocks_stay BEFORE UPDATE ON number_blocks BEGIN SELECT RAISE(ABORT, 'rows are only appended'); END;
CREATE TRIGGER number_blocks_remain BEFORE DELETE ON number_blocks BEGIN SELECT RAISE(ABORT, 'rows are only appended'); END;
