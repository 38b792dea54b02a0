-- Schema 5: cases of administrative penalties.

-- `number` is the 案号, `inspection` the inspection it comes from, `decision` the number of the decision once there is one.
CREATE TABLE procedures (
  procedure BLOB PRIMARY KEY, number TEXT NOT NULL UNIQUE, inspection BLOB, decision TEXT UNIQUE, at INTEGER NOT NULL) STRICT;
CREATE INDEX procedures_of_inspection ON procedures (inspection);
-- `record` is cbor [salt, {procedure, number, n, at, pack, step}]; its SHA-256 is a leaf of the office's log.
CREATE TABLE procedure_steps (
  procedure BLOB NOT NULL REFERENCES procedures, n INTEGER NOT NULL, at INTEGER NOT NULL, record BLOB NOT NULL UNIQUE,
  leaf INTEGER NOT NULL, receipt BLOB NOT NULL, PRIMARY KEY (procedure, n)) STRICT;
CREATE TRIGGER procedure_steps_stay BEFORE UPDATE ON procedure_steps BEGIN SELECT RAISE(ABORT, 'steps are only appended'); END;
CREATE TRIGGER procedure_steps_remain BEFORE DELETE ON procedure_steps BEGIN SELECT RAISE(ABORT, 'steps are only appended'); END;
