-- Schema 3: the register of officers, of mandates and of enterprises; signed lists made from it.

-- A certificate has one number for its whole life. `idx` is its place in the status list, drawn at random when it is issued.
CREATE TABLE certificates (certificate BLOB PRIMARY KEY, number TEXT NOT NULL UNIQUE, idx INTEGER UNIQUE) STRICT;
-- Older databases may know one officer under several person ids.
CREATE TABLE holders (person BLOB PRIMARY KEY REFERENCES persons, certificate BLOB NOT NULL REFERENCES certificates) STRICT;
CREATE INDEX holders_of ON holders (certificate);
-- Every place in the status list that any credential of a certificate names.
CREATE TABLE status_indexes (idx INTEGER PRIMARY KEY, certificate BLOB NOT NULL REFERENCES certificates) STRICT;
-- The steps of its life. `record` is cbor [salt, {certificate, n, at, step}]; its SHA-256 is a leaf of the office's log.
CREATE TABLE register_steps (
  certificate BLOB NOT NULL REFERENCES certificates, n INTEGER NOT NULL, at INTEGER NOT NULL, record BLOB NOT NULL UNIQUE,
  leaf INTEGER NOT NULL, receipt BLOB NOT NULL, PRIMARY KEY (certificate, n)) STRICT;
CREATE TRIGGER register_steps_stay BEFORE UPDATE ON register_steps BEGIN SELECT RAISE(ABORT, 'steps are only appended'); END;
CREATE TRIGGER register_steps_remain BEFORE DELETE ON register_steps BEGIN SELECT RAISE(ABORT, 'steps are only appended'); END;

-- The newest signed list of each kind. `made_of` tells whether anything may have changed, `content` whether it has.
CREATE TABLE lists (kind TEXT PRIMARY KEY, made_of TEXT NOT NULL, content BLOB NOT NULL, signed BLOB NOT NULL, issued INTEGER NOT NULL) STRICT;

CREATE TABLE enterprises (
  code TEXT PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL, area TEXT NOT NULL, category TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
-- `body` as written when it was added; `ended` says when, why and by whom it was ended before its time.
CREATE TABLE mandates (mandate BLOB PRIMARY KEY, body TEXT NOT NULL, ended TEXT, at INTEGER NOT NULL) STRICT;
