-- Version 4: the log of a paired phone, verified as the office verifies it (docs/formats §11.1).
CREATE TABLE mirror (
  log       BLOB PRIMARY KEY,
  enrolment BLOB NOT NULL,              -- as signed
  name      TEXT NOT NULL,
  number    TEXT NOT NULL,              -- 执法证号
  stands    INTEGER NOT NULL DEFAULT 0, -- entries that the other phone was seen to have
  at        INTEGER,                    -- ms, when something of it was kept last
  own       BLOB,                       -- which log of this device the other phone said to have
  there     INTEGER NOT NULL DEFAULT 0, -- so many entries of it
  there_at  INTEGER,                    -- ms, when it said so
  fork      BLOB                        -- proof that its key signed two histories
) WITHOUT ROWID;
CREATE TABLE mirror_entry (
  log         BLOB NOT NULL REFERENCES mirror (log),
  seq         INTEGER NOT NULL,
  header      BLOB NOT NULL,            -- exact bytes, hashed
  disclosures BLOB NOT NULL,            -- array of [salt, name, value] as committed to
  case_tag    BLOB,
  PRIMARY KEY (log, seq)
);
CREATE INDEX mirror_entry_case ON mirror_entry (case_tag, log, seq) WHERE case_tag IS NOT NULL;
CREATE TABLE mirror_checkpoint (
  log     BLOB NOT NULL REFERENCES mirror (log),
  cp_no   INTEGER NOT NULL,
  size    INTEGER NOT NULL,
  cose    BLOB NOT NULL,
  segment TEXT NOT NULL,                -- file name in outbox/, sealed to the office by this phone
  receipt BLOB,                         -- log receipt of the office
  parked  TEXT,                         -- why it is not carried
  covered INTEGER NOT NULL DEFAULT 0,   -- the office has its entries under another checkpoint
  PRIMARY KEY (log, cp_no)
);
