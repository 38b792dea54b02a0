-- Version 1. The whole file is encrypted (SQLCipher); comments say what a column holds.
CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- The device's own log and, of a paired phone, nothing: other logs arrive at the office from their own device.
CREATE TABLE entry (
  seq    INTEGER PRIMARY KEY,          -- 0…
  header BLOB NOT NULL,                -- exact bytes, hashed
  case_tag BLOB                        -- 16 bytes, null for entries of no case
);
CREATE INDEX entry_case ON entry (case_tag, seq) WHERE case_tag IS NOT NULL;

CREATE TABLE disclosure (
  seq   INTEGER NOT NULL REFERENCES entry (seq),
  name  TEXT NOT NULL,
  bytes BLOB NOT NULL,                 -- [salt, name, value] as committed to
  PRIMARY KEY (seq, name)
) WITHOUT ROWID;

CREATE TABLE checkpoint (
  cp_no   INTEGER PRIMARY KEY,
  size    INTEGER NOT NULL UNIQUE,
  cose    BLOB NOT NULL,
  segment TEXT NOT NULL,               -- file name in outbox/
  receipt BLOB,                        -- log receipt of the office
  parked  TEXT                         -- why it is not sent
);

CREATE TABLE task (
  id         BLOB PRIMARY KEY,
  json       TEXT NOT NULL,
  assignment BLOB                      -- signed assignment
) WITHOUT ROWID;

CREATE TABLE pack (
  digest BLOB PRIMARY KEY,             -- of the payload
  bytes  BLOB NOT NULL,
  added  INTEGER NOT NULL              -- ms
) WITHOUT ROWID;

CREATE TABLE inspection (
  case_tag BLOB PRIMARY KEY,
  task     BLOB NOT NULL,
  pack     BLOB NOT NULL REFERENCES pack (digest),
  identity BLOB NOT NULL,              -- age identity of this inspection
  opened   INTEGER NOT NULL            -- ms
) WITHOUT ROWID;

-- Keystrokes: outside the log until "sign" turns them into entries (F01).
CREATE TABLE draft (
  case_tag BLOB NOT NULL,
  name     TEXT NOT NULL,
  text     TEXT NOT NULL,
  PRIMARY KEY (case_tag, name)
) WITHOUT ROWID;

-- Every sealed file that the office is to have: photographs, thumbnails, papers, strokes.
CREATE TABLE sealed (
  sealed    BLOB PRIMARY KEY,          -- digest of the sealed file
  case_tag  BLOB NOT NULL,
  kind      TEXT NOT NULL,             -- paper | strokes | thumbnail | photo
  name      TEXT NOT NULL,             -- evidence or paper id
  file      TEXT NOT NULL,             -- file name in evidence/
  clear     BLOB NOT NULL,
  clear_len INTEGER NOT NULL,
  length    INTEGER NOT NULL,          -- of the sealed file
  payload   BLOB NOT NULL,             -- digest of the payload after the age header
  payload_len INTEGER NOT NULL,
  claimed_name TEXT NOT NULL,          -- original name, data only
  source    TEXT,                      -- camera file that is still to be removed
  created   INTEGER NOT NULL DEFAULT 0, -- upload exists at the office
  offset    INTEGER NOT NULL DEFAULT 0,
  custody   BLOB,                      -- custody receipt, state opened
  parked    TEXT,
  deleted   INTEGER NOT NULL DEFAULT 0,
  added     INTEGER NOT NULL           -- order of capture
) WITHOUT ROWID;
CREATE INDEX sealed_case ON sealed (case_tag, added);

-- Small clear derived copies for the screen.
CREATE TABLE thumbnail (
  evidence TEXT PRIMARY KEY,
  jpeg     BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE paper (
  id        TEXT PRIMARY KEY,
  case_tag  BLOB NOT NULL,
  presented BLOB,
  final     BLOB
) WITHOUT ROWID;
