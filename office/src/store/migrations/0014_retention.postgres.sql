-- Keeping and destroying (R22, J21): acts of people, files whose content was destroyed, certificates.

-- `record` is cbor [salt, {n, at, step}]; its SHA-256 is a leaf of the office's log.
CREATE TABLE retention_acts (n BIGINT PRIMARY KEY, at BIGINT NOT NULL, record BYTEA NOT NULL, leaf BIGINT NOT NULL, receipt BYTEA NOT NULL);
CREATE UNIQUE INDEX retention_acts_record ON retention_acts (sha256(record));
CREATE TRIGGER retention_acts_stay BEFORE UPDATE ON retention_acts FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER retention_acts_remain BEFORE DELETE ON retention_acts FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER retention_acts_whole BEFORE TRUNCATE ON retention_acts EXECUTE FUNCTION only_appended();
-- Noted in the transaction in which the content goes; the upload with its digests and its custody receipt stays.
CREATE TABLE destroyed (sealed BYTEA PRIMARY KEY REFERENCES uploads, proposal BIGINT NOT NULL, at BIGINT NOT NULL);
CREATE TRIGGER destroyed_stay BEFORE UPDATE ON destroyed FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER destroyed_remain BEFORE DELETE ON destroyed FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER destroyed_whole BEFORE TRUNCATE ON destroyed EXECUTE FUNCTION only_appended();
-- `signed` is cbor {destruction, leaf, receipt}.
CREATE TABLE destructions (
  proposal BIGINT PRIMARY KEY, number TEXT COLLATE "C" NOT NULL UNIQUE, at BIGINT NOT NULL, signed BYTEA NOT NULL, leaf BIGINT NOT NULL);
CREATE TRIGGER destructions_stay BEFORE UPDATE ON destructions FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER destructions_remain BEFORE DELETE ON destructions FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER destructions_whole BEFORE TRUNCATE ON destructions EXECUTE FUNCTION only_appended();
