-- Schema 1. Blobs are ids (16 bytes), digests (32 bytes) or signed bytes as they arrived or left; times are ms since 1970. Keys are short: of what may be long the digest is one.

-- What SQLite has by itself.
CREATE FUNCTION json_extract(body TEXT, path TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT AS
  $$ SELECT body::json #>> string_to_array(substr(path, 3), '.') $$;
CREATE FUNCTION instr(whole TEXT, part TEXT) RETURNS BIGINT LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT strpos(whole, part)::BIGINT $$;
CREATE FUNCTION only_appended() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'rows are only appended'; END $$;

-- The office's own log, RFC 9162. `root` is the root over leaves 0…idx.
CREATE TABLE leaves (idx BIGINT PRIMARY KEY, kind TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, bytes BYTEA NOT NULL, hash BYTEA NOT NULL, root BYTEA NOT NULL);

CREATE TABLE persons (person BYTEA PRIMARY KEY, name TEXT COLLATE "C" NOT NULL, role TEXT COLLATE "C" NOT NULL, certificate TEXT COLLATE "C");
-- One-time codes as SHA-256.
CREATE TABLE invitations (code BYTEA PRIMARY KEY, person BYTEA NOT NULL REFERENCES persons, expires BIGINT NOT NULL);
CREATE TABLE enrolments (
  enrolment BYTEA PRIMARY KEY, person BYTEA NOT NULL REFERENCES persons, device BYTEA NOT NULL, log BYTEA NOT NULL UNIQUE,
  code BYTEA NOT NULL UNIQUE, signed BYTEA NOT NULL, model TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, receipt BYTEA NOT NULL);

CREATE TABLE nonces (nonce BYTEA PRIMARY KEY, at BIGINT NOT NULL);
CREATE TABLE anchors (digest BYTEA PRIMARY KEY, signed BYTEA NOT NULL, at BIGINT NOT NULL);

-- Newest accepted checkpoint of each device log.
CREATE TABLE logs (log BYTEA PRIMARY KEY, enrolment BYTEA NOT NULL REFERENCES enrolments, size BIGINT NOT NULL, root BYTEA NOT NULL, cp_no BIGINT NOT NULL, checkpoint BYTEA NOT NULL);
CREATE TABLE checkpoints (
  digest BYTEA PRIMARY KEY, log BYTEA NOT NULL, cp_no BIGINT NOT NULL, size BIGINT NOT NULL, root BYTEA NOT NULL, signed BYTEA NOT NULL,
  received BIGINT NOT NULL, receipt BYTEA NOT NULL, UNIQUE (log, cp_no), UNIQUE (log, size));
-- Proof that one key signed two histories.
CREATE TABLE forks (log BYTEA NOT NULL, at BIGINT NOT NULL, first BYTEA NOT NULL, second BYTEA NOT NULL);
CREATE UNIQUE INDEX forks_second ON forks (log, sha256(second));
CREATE TABLE entries (
  log BYTEA NOT NULL, seq BIGINT NOT NULL, case_tag BYTEA, case_seq BIGINT, received BIGINT NOT NULL,
  header BYTEA NOT NULL, disclosures BYTEA NOT NULL, digest BYTEA NOT NULL, leaf BYTEA NOT NULL, PRIMARY KEY (log, seq));
CREATE INDEX entries_of_case ON entries (case_tag, log, seq);
-- Files that entries name.
CREATE TABLE wanted (log BYTEA NOT NULL, seq BIGINT NOT NULL, case_tag BYTEA NOT NULL, what TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, clear BYTEA NOT NULL, length BIGINT, sealed BYTEA, PRIMARY KEY (log, seq, what));
CREATE INDEX wanted_clear ON wanted (clear);
CREATE INDEX wanted_sealed ON wanted (sealed);

CREATE TABLE uploads (
  sealed BYTEA PRIMARY KEY, enrolment BYTEA NOT NULL, length BIGINT NOT NULL, received BIGINT NOT NULL DEFAULT 0, started BIGINT NOT NULL,
  complete BIGINT, clear BYTEA, clear_length BIGINT, fault TEXT COLLATE "C", custody BYTEA, opened BIGINT);
CREATE INDEX uploads_clear ON uploads (clear);

CREATE TABLE feed (enrolment BYTEA NOT NULL, n BIGINT NOT NULL, kind TEXT COLLATE "C" NOT NULL, subject BYTEA NOT NULL, signed BYTEA NOT NULL, digest BYTEA NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (enrolment, n), UNIQUE (enrolment, kind, subject));
CREATE TABLE tasks (task BYTEA PRIMARY KEY, body TEXT COLLATE "C" NOT NULL, assignment BYTEA NOT NULL, digest BYTEA NOT NULL, at BIGINT NOT NULL);
CREATE TABLE badges (digest BYTEA PRIMARY KEY, enrolment BYTEA NOT NULL, signed BYTEA NOT NULL, issued BIGINT NOT NULL, expires BIGINT NOT NULL);
CREATE TABLE packs (digest BYTEA PRIMARY KEY, id TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL, signed BYTEA NOT NULL, at BIGINT NOT NULL, UNIQUE (id, version));
CREATE TABLE exports (bundle BYTEA PRIMARY KEY, case_tag BYTEA NOT NULL, at BIGINT NOT NULL, form TEXT COLLATE "C" NOT NULL, recipient TEXT COLLATE "C", leaf BIGINT NOT NULL, receipt BYTEA NOT NULL);
-- One-time links to the console, as SHA-256.
CREATE TABLE links (token BYTEA PRIMARY KEY, expires BIGINT NOT NULL);
