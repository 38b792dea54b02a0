-- Schema 2: epochs of the office's own log, published heads, outside witnesses, accesses, revocations, succession of logs.

-- `root` is the root over leaves 0…idx of the epoch.
CREATE TABLE leaves_2 (
  epoch INTEGER NOT NULL, idx INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL, hash BLOB NOT NULL,
  root BLOB NOT NULL, PRIMARY KEY (epoch, idx)) STRICT;
INSERT INTO leaves_2 SELECT 0, idx, kind, at, bytes, hash, root FROM leaves;
DROP TABLE leaves;
ALTER TABLE leaves_2 RENAME TO leaves;

-- Epochs ≥ 1 as the roots signed them.
CREATE TABLE epochs (epoch INTEGER PRIMARY KEY, signed BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
-- Heads of this office that somebody holds and that are newer than, or contradict, its own log: the office was restored (recovery).
CREATE TABLE ahead (
  epoch INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, proof BLOB NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (epoch, size, root)) STRICT;

-- Published heads (mz1/head), the same head as a C2SP tlog-checkpoint, and what the outside said of it: a cosignature line or a TimeStampToken.
CREATE TABLE heads (
  epoch INTEGER NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL, signed BLOB NOT NULL, checkpoint TEXT NOT NULL, PRIMARY KEY (epoch, size)) STRICT;
CREATE TABLE outside (
  epoch INTEGER NOT NULL, size INTEGER NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('cosignature', 'timestamp')), content BLOB NOT NULL,
  at INTEGER NOT NULL, UNIQUE (epoch, size, kind, content)) STRICT;
-- Foreign logs that this office cosigns as their witness: the Ed25519 key of each, and what it cosigned last.
CREATE TABLE witnessed (origin TEXT PRIMARY KEY, key BLOB NOT NULL, size INTEGER NOT NULL, root BLOB, at INTEGER NOT NULL) STRICT;

-- Who looked at what (R25). `record` is the digest of `bytes`.
CREATE TABLE accesses (
  record BLOB PRIMARY KEY, case_tag BLOB NOT NULL, bytes BLOB NOT NULL, leaf INTEGER NOT NULL, at INTEGER NOT NULL, receipt BLOB NOT NULL) STRICT;
CREATE INDEX accesses_of_case ON accesses (case_tag, at);

-- Withdrawn enrolments. `enrolment` is the digest of the signed enrolment.
CREATE TABLE revocations (
  log BLOB PRIMARY KEY, enrolment BLOB NOT NULL, signed BLOB NOT NULL, at INTEGER NOT NULL, receipt BLOB NOT NULL) STRICT;

-- The self-proving bytes (docs/formats §6.2); older rows are put together from both checkpoints when they are asked for.
ALTER TABLE forks ADD COLUMN proof BLOB;
-- The log whose first segment brought this entry of an older log that no key had signed (docs/formats §8.1).
ALTER TABLE entries ADD COLUMN adopted_by BLOB;
