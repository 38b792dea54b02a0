-- Version 2: a device has one log after another (docs/formats §8.1); `life` counts them from 0. And what the office's own log was seen to be.
CREATE TABLE own_log (
  life       INTEGER PRIMARY KEY,
  log        BLOB NOT NULL UNIQUE,
  generation INTEGER NOT NULL,         -- of the keys that sign it
  enrolment  BLOB                      -- signed; null until the office has answered
);

CREATE TABLE entry_2 (
  life     INTEGER NOT NULL,
  seq      INTEGER NOT NULL,           -- 0…
  header   BLOB NOT NULL,              -- exact bytes, hashed
  case_tag BLOB,                       -- 16 bytes, null for entries of no case
  PRIMARY KEY (life, seq)
);
INSERT INTO entry_2 SELECT 0, seq, header, case_tag FROM entry;
CREATE TABLE disclosure_2 (
  life  INTEGER NOT NULL,
  seq   INTEGER NOT NULL,
  name  TEXT NOT NULL,
  bytes BLOB NOT NULL,                 -- [salt, name, value] as committed to
  PRIMARY KEY (life, seq, name),
  FOREIGN KEY (life, seq) REFERENCES entry_2 (life, seq)
) WITHOUT ROWID;
INSERT INTO disclosure_2 SELECT 0, seq, name, bytes FROM disclosure;
DROP TABLE disclosure;
DROP TABLE entry;
ALTER TABLE entry_2 RENAME TO entry;
ALTER TABLE disclosure_2 RENAME TO disclosure;
CREATE INDEX entry_case ON entry (case_tag, life, seq) WHERE case_tag IS NOT NULL;

CREATE TABLE checkpoint_2 (
  life    INTEGER NOT NULL,
  cp_no   INTEGER NOT NULL,
  size    INTEGER NOT NULL,
  cose    BLOB NOT NULL,
  segment TEXT NOT NULL,               -- file name in outbox/
  receipt BLOB,                        -- log receipt of the office
  parked  TEXT,                        -- why it is not sent
  PRIMARY KEY (life, cp_no),
  UNIQUE (life, size)
);
INSERT INTO checkpoint_2 SELECT 0, cp_no, size, cose, segment, receipt, parked FROM checkpoint;
DROP TABLE checkpoint;
ALTER TABLE checkpoint_2 RENAME TO checkpoint;

-- The newest head of the office's log in each epoch, with the signed answer that said it.
CREATE TABLE office_head (
  epoch INTEGER PRIMARY KEY,
  size  INTEGER NOT NULL,
  root  BLOB NOT NULL,
  said  BLOB NOT NULL                  -- content of its Mz-Response
);
-- Proofs that the office told two histories.
CREATE TABLE office_fork (
  digest BLOB PRIMARY KEY,
  bytes  BLOB NOT NULL
) WITHOUT ROWID;
