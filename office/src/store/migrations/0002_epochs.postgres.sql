-- Schema 2: epochs of the office's own log, published heads, outside witnesses, accesses, revocations, succession of logs.

-- `root` is the root over leaves 0…idx of the epoch.
CREATE TABLE leaves_2 (
  epoch BIGINT NOT NULL, idx BIGINT NOT NULL, kind TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, bytes BYTEA NOT NULL, hash BYTEA NOT NULL,
  root BYTEA NOT NULL, PRIMARY KEY (epoch, idx));
INSERT INTO leaves_2 SELECT 0, idx, kind, at, bytes, hash, root FROM leaves;
DROP TABLE leaves;
ALTER TABLE leaves_2 RENAME TO leaves;

-- Epochs ≥ 1 as the roots signed them.
CREATE TABLE epochs (epoch BIGINT PRIMARY KEY, signed BYTEA NOT NULL, at BIGINT NOT NULL);
-- Heads of this office that somebody holds and that are newer than, or contradict, its own log: the office was restored (recovery).
CREATE TABLE ahead (
  epoch BIGINT NOT NULL, size BIGINT NOT NULL, root BYTEA NOT NULL, proof BYTEA NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (epoch, size, root));

-- Published heads (mz1/head), the same head as a C2SP tlog-checkpoint, and what the outside said of it: a cosignature line or a TimeStampToken.
CREATE TABLE heads (
  epoch BIGINT NOT NULL, size BIGINT NOT NULL, at BIGINT NOT NULL, signed BYTEA NOT NULL, checkpoint TEXT COLLATE "C" NOT NULL, PRIMARY KEY (epoch, size));
CREATE TABLE outside (
  epoch BIGINT NOT NULL, size BIGINT NOT NULL, kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('cosignature', 'timestamp')), content BYTEA NOT NULL, at BIGINT NOT NULL);
CREATE UNIQUE INDEX outside_content ON outside (epoch, size, kind, sha256(content));
-- Foreign logs that this office cosigns as their witness: the Ed25519 key of each, and what it cosigned last.
CREATE TABLE witnessed (origin TEXT COLLATE "C" PRIMARY KEY, key BYTEA NOT NULL, size BIGINT NOT NULL, root BYTEA, at BIGINT NOT NULL);

-- Who looked at what (R25). `record` is the digest of `bytes`.
CREATE TABLE accesses (
  record BYTEA PRIMARY KEY, case_tag BYTEA NOT NULL, bytes BYTEA NOT NULL, leaf BIGINT NOT NULL, at BIGINT NOT NULL, receipt BYTEA NOT NULL);
CREATE INDEX accesses_of_case ON accesses (case_tag, at);

-- Withdrawn enrolments. `enrolment` is the digest of the signed enrolment.
CREATE TABLE revocations (
  log BYTEA PRIMARY KEY, enrolment BYTEA NOT NULL, signed BYTEA NOT NULL, at BIGINT NOT NULL, receipt BYTEA NOT NULL);

-- The self-proving bytes (docs/formats §6.2); older rows are put together from both checkpoints when they are asked for.
ALTER TABLE forks ADD COLUMN proof BYTEA;
-- The log whose first segment brought this entry of an older log that no key had signed (docs/formats §8.1).
ALTER TABLE entries ADD COLUMN adopted_by BYTEA;
