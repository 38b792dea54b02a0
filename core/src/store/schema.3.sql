-- What the office, restored from a backup, may lack, and what it asked for again.
ALTER TABLE checkpoint ADD COLUMN offer INTEGER NOT NULL DEFAULT 0; -- 0 no, 1 ask whether it has it, 2 sent again, 3 covered by a later one
ALTER TABLE sealed ADD COLUMN again INTEGER NOT NULL DEFAULT 0;     -- asked for again, or to be asked about
-- Receipts that newer ones took the place of; a receipt is evidence.
CREATE TABLE receipt_before (
  digest  BLOB PRIMARY KEY,
  receipt BLOB NOT NULL
) WITHOUT ROWID;
-- Tasks that the office took back.
CREATE TABLE task_withdrawn (
  task   BLOB PRIMARY KEY,
  at     INTEGER NOT NULL,             -- ms, office time
  reason TEXT NOT NULL
) WITHOUT ROWID;
-- Sealed files that the office asks for and this phone does not know.
CREATE TABLE not_here (
  sealed BLOB PRIMARY KEY
) WITHOUT ROWID;
