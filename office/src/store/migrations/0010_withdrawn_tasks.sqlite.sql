-- Tasks that were taken back: they count as no visit, and no new device is sent them.
CREATE TABLE withdrawn_tasks (
  task   BLOB PRIMARY KEY REFERENCES tasks (task),
  at     INTEGER NOT NULL,              -- ms
  reason TEXT NOT NULL
) STRICT;
