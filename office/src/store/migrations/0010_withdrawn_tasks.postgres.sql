-- Tasks that were taken back: they count as no visit, and no new device is sent them.
CREATE TABLE withdrawn_tasks (
  task   BYTEA PRIMARY KEY REFERENCES tasks (task),
  at     BIGINT NOT NULL,              -- ms
  reason TEXT COLLATE "C" NOT NULL
);
