-- Schema 4: the training ledger (R05).

-- `record` is cbor [salt, {certificate, n, at, step}]; its SHA-256 is a leaf of the office's log.
CREATE TABLE training (
  certificate BYTEA NOT NULL REFERENCES certificates, n BIGINT NOT NULL, at BIGINT NOT NULL, record BYTEA NOT NULL,
  leaf BIGINT NOT NULL, receipt BYTEA NOT NULL, PRIMARY KEY (certificate, n));
CREATE UNIQUE INDEX training_record ON training (sha256(record));
CREATE TRIGGER training_stays BEFORE UPDATE ON training FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER training_remains BEFORE DELETE ON training FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER training_whole BEFORE TRUNCATE ON training EXECUTE FUNCTION only_appended();
