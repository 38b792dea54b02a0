-- Schema 6: records beside the steps of a case: its papers as they were made, its publication.

-- `record` is cbor [salt, {procedure, number, kind, n, at, body}]; its SHA-256 is a leaf of the office's log, of the kind `procedure`.
CREATE TABLE case_records (
  procedure BYTEA NOT NULL REFERENCES procedures, kind TEXT COLLATE "C" NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, record BYTEA NOT NULL,
  leaf BIGINT NOT NULL, receipt BYTEA NOT NULL, PRIMARY KEY (procedure, kind, n));
CREATE UNIQUE INDEX case_records_record ON case_records (sha256(record));
CREATE TRIGGER case_records_stay BEFORE UPDATE ON case_records FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER case_records_remain BEFORE DELETE ON case_records FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER case_records_whole BEFORE TRUNCATE ON case_records EXECUTE FUNCTION only_appended();
-- The papers, by their SHA-256, as they were made.
CREATE TABLE case_papers (digest BYTEA PRIMARY KEY, pdf BYTEA NOT NULL);
