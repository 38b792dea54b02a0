-- Schema 1. Blobs are ids (16 bytes), digests (32 bytes) or signed bytes as they arrived or left; times are ms since 1970.

-- The office's own log, RFC 9162. `root` is the root over leaves 0…idx.
CREATE TABLE leaves (idx INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL, hash BLOB NOT NULL, root BLOB NOT NULL) STRICT;

CREATE TABLE persons (person BLOB PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, certificate TEXT) STRICT;
-- One-time codes as SHA-256.
CREATE TABLE invitations (code BLOB PRIMARY KEY, person BLOB NOT NULL REFERENCES persons, expires INTEGER NOT NULL) STRICT;
CREATE TABLE enrolments (
  enrolment BLOB PRIMARY KEY, person BLOB NOT NULL REFERENCES persons, device BLOB NOT NULL, log BLOB NOT NULL UNIQUE,
  code BLOB NOT NULL UNIQUE, signed BLOB NOT NULL, model TEXT NOT NULL, at INTEGER NOT NULL, receipt BLOB NOT NULL) STRICT;

CREATE TABLE nonces (nonce BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT;
CREATE TABLE anchors (digest BLOB PRIMARY KEY, signed BLOB NOT NULL, at INTEGER NOT NULL) STRICT;

-- Newest accepted checkpoint of each device log.
CREATE TABLE logs (log BLOB PRIMARY KEY, enrolment BLOB NOT NULL REFERENCES enrolments, size INTEGER NOT NULL, root BLOB NOT NULL, cp_no INTEGER NOT NULL, checkpoint BLOB NOT NULL) STRICT;
CREATE TABLE checkpoints (
  digest BLOB PRIMARY KEY, log BLOB NOT NULL, cp_no INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, signed BLOB NOT NULL,
  received INTEGER NOT NULL, receipt BLOB NOT NULL, UNIQUE (log, cp_no), UNIQUE (log, size)) STRICT;
-- Proof that one key signed two histories.
CREATE TABLE forks (log BLOB NOT NULL, at INTEGER NOT NULL, first BLOB NOT NULL, second BLOB NOT NULL, UNIQUE (log, second)) STRICT;
CREATE TABLE entries (
  log BLOB NOT NULL, seq INTEGER NOT NULL, case_tag BLOB, case_seq INTEGER, received INTEGER NOT NULL,
  header BLOB NOT NULL, disclosures BLOB NOT NULL, digest BLOB NOT NULL, leaf BLOB NOT NULL, PRIMARY KEY (log, seq)) STRICT;
CREATE INDEX entries_of_case ON entries (case_tag, log, seq);
-- Files that entries name.
CREATE TABLE wanted (log BLOB NOT NULL, seq INTEGER NOT NULL, case_tag BLOB NOT NULL, what TEXT NOT NULL, id TEXT NOT NULL, clear BLOB NOT NULL, length INTEGER, sealed BLOB, PRIMARY KEY (log, seq, what)) STRICT;
CREATE INDEX wanted_clear ON wanted (clear);
CREATE INDEX wanted_sealed ON wanted (sealed);

CREATE TABLE uploads (
  sealed BLOB PRIMARY KEY, enrolment BLOB NOT NULL, length INTEGER NOT NULL, received INTEGER NOT NULL DEFAULT 0, started INTEGER NOT NULL,
  complete INTEGER, clear BLOB, clear_length INTEGER, fault TEXT, custody BLOB, opened INTEGER) STRICT;
CREATE INDEX uploads_clear ON uploads (clear);

CREATE TABLE feed (enrolment BLOB NOT NULL, n INTEGER NOT NULL, kind TEXT NOT NULL, subject BLOB NOT NULL, signed BLOB NOT NULL, digest BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (enrolment, n), UNIQUE (enrolment, kind, subject)) STRICT;
CREATE TABLE tasks (task BLOB PRIMARY KEY, body TEXT NOT NULL, assignment BLOB NOT NULL, digest BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE badges (digest BLOB PRIMARY KEY, enrolment BLOB NOT NULL, signed BLOB NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT;
CREATE TABLE packs (digest BLOB PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, signed BLOB NOT NULL, at INTEGER NOT NULL, UNIQUE (id, version)) STRICT;
CREATE TABLE exports (bundle BLOB PRIMARY KEY, case_tag BLOB NOT NULL, at INTEGER NOT NULL, form TEXT NOT NULL, recipient TEXT, leaf INTEGER NOT NULL, receipt BLOB NOT NULL) STRICT;
-- One-time links to the console, as SHA-256.
CREATE TABLE links (token BLOB PRIMARY KEY, expires INTEGER NOT NULL) STRICT;
