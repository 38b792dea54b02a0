-- Keeping and destroying (R22, J21): acts of people, files whose content was destroyed, certificates.

-- `record` is cbor [salt, {n, at, step}]; its SHA-256 is a leaf of the office's log.
CREATE TABLE retention_acts (
  n INTEGER PRIMARY KEY, at INTEGER NOT NULL, record BLOB NOT NULL UNIQUE, leaf INTEGER NOT NULL, receipt BLOB NOT NULL) STRICT;
CREATE TRIGGER retention_acts_stay BEFORE UPDATE ON retention_acts BEGIN SELECT RAISE(ABORT, 'acts are only appended'); END;
CREATE TRIGGER retention_acts_remain BEFORE DELETE ON retention_acts BEGIN SELECT RAISE(ABORT, 'acts are only appended'); END;
-- Noted in the transaction in which the content goes; the upload with its digests and its custody receipt stays.
CREATE TABLE destroyed (
  sealed BLOB PRIMARY KEY REFERENCES uploads, proposal INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TRIGGER destroyed_stay BEFORE UPDATE ON destroyed BEGIN SELECT RAISE(ABORT, 'what is gone stays gone'); END;
CREATE TRIGGER destroyed_remain BEFORE DELETE ON destroyed BEGIN SELECT RAISE(ABORT, 'what is gone stays gone'); END;
-- `signed` is cbor {destruction, leaf, receipt}.
CREATE TABLE destructions (
  proposal INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, signed BLOB NOT NULL,
  leaf INTEGER NOT NULL) STRICT;
CREATE TRIGGER destructions_stay BEFORE UPDATE ON destructions BEGIN SELECT RAISE(ABORT, 'certificates are only appended'); END;
CREATE TRIGGER destructions_remain BEFORE DELETE ON destructions BEGIN SELECT RAISE(ABORT, 'certificates are only appended'); END;
