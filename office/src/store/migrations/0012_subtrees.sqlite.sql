-- Schema 12: the Merkle trees of the logs. Filled from the leaves that there are.

-- The root over the leaves idx·2^level … (idx + 1)·2^level − 1, level ≥ 1. `log` is the epoch of the office's own log (8 bytes) or the log of a device (16).
CREATE TABLE subtrees (log BLOB NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (log, level, idx)) STRICT, WITHOUT ROWID;
