-- Schema 7: blocks of paper numbers (J32).

-- `record` is cbor [salt, row]; its SHA-256 is a leaf of the office's log.
CREATE TABLE number_blocks (
  n BIGINT PRIMARY KEY, at BIGINT NOT NULL, record BYTEA NOT NULL, leaf BIGINT NOT NULL, receipt BYTEA NOT NULL);
CREATE UNIQUE INDEX number_blocks_record ON number_blocks (sha256(record));
CREATE TRIGGER number_blocks_stay BEFORE UPDATE ON number_blocks FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER number_blocks_remain BEFORE DELETE ON number_blocks FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER number_blocks_whole BEFORE TRUNCATE ON number_blocks EXECUTE FUNCTION only_appended();
