-- Schema 5: cases of administrative penalties.

-- `number` is the 案号, `inspection` the inspection it comes from, `decision` the number of the decision once there is one.
CREATE TABLE procedures (
  procedure BYTEA PRIMARY KEY, number TEXT COLLATE "C" NOT NULL UNIQUE, inspection BYTEA, decision TEXT COLLATE "C" UNIQUE, at BIGINT NOT NULL);
CREATE INDEX procedures_of_inspection ON procedures (inspection);
-- `record` is cbor [salt, {procedure, number, n, at, pack, step}]; its SHA-256 is a leaf of the office's log.
CREATE TABLE procedure_steps (
  procedure BYTEA NOT NULL REFERENCES procedures, n BIGINT NOT NULL, at BIGINT NOT NULL, record BYTEA NOT NULL,
  leaf BIGINT NOT NULL, receipt BYTEA NOT NULL, PRIMARY KEY (procedure, n));
CREATE UNIQUE INDEX procedure_steps_record ON procedure_steps (sha256(record));
CREATE TRIGGER procedure_steps_stay BEFORE UPDATE ON procedure_steps FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER procedure_steps_remain BEFORE DELETE ON procedure_steps FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER procedure_steps_whole BEFORE TRUNCATE ON procedure_steps EXECUTE FUNCTION only_appended();
