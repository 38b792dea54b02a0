-- Schema 3: the register of officers, of mandates and of enterprises; signed lists made from it.

-- A certificate has one number for its whole life. `idx` is its place in the status list, drawn at random when it is issued.
CREATE TABLE certificates (certificate BYTEA PRIMARY KEY, number TEXT COLLATE "C" NOT NULL UNIQUE, idx BIGINT UNIQUE);
-- Older databases may know one officer under several person ids.
CREATE TABLE holders (person BYTEA PRIMARY KEY REFERENCES persons, certificate BYTEA NOT NULL REFERENCES certificates);
CREATE INDEX holders_of ON holders (certificate);
-- Every place in the status list that any credential of a certificate names.
CREATE TABLE status_indexes (idx BIGINT PRIMARY KEY, certificate BYTEA NOT NULL REFERENCES certificates);
-- The steps of its life. `record` is cbor [salt, {certificate, n, at, step}]; its SHA-256 is a leaf of the office's log.
CREATE TABLE register_steps (
  certificate BYTEA NOT NULL REFERENCES certificates, n BIGINT NOT NULL, at BIGINT NOT NULL, record BYTEA NOT NULL,
  leaf BIGINT NOT NULL, receipt BYTEA NOT NULL, PRIMARY KEY (certificate, n));
CREATE UNIQUE INDEX register_steps_record ON register_steps (sha256(record));
CREATE TRIGGER register_steps_stay BEFORE UPDATE ON register_steps FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER register_steps_remain BEFORE DELETE ON register_steps FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER register_steps_whole BEFORE TRUNCATE ON register_steps EXECUTE FUNCTION only_appended();

-- The newest signed list of each kind. `made_of` tells whether anything may have changed, `content` whether it has.
CREATE TABLE lists (kind TEXT COLLATE "C" PRIMARY KEY, made_of TEXT COLLATE "C" NOT NULL, content BYTEA NOT NULL, signed BYTEA NOT NULL, issued BIGINT NOT NULL);

CREATE TABLE enterprises (
  code TEXT COLLATE "C" PRIMARY KEY, name TEXT COLLATE "C" NOT NULL, address TEXT COLLATE "C" NOT NULL, area TEXT COLLATE "C" NOT NULL, category TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL);
-- `body` as written when it was added; `ended` says when, why and by whom it was ended before its time.
CREATE TABLE mandates (mandate BYTEA PRIMARY KEY, body TEXT COLLATE "C" NOT NULL, ended TEXT COLLATE "C", at BIGINT NOT NULL);
