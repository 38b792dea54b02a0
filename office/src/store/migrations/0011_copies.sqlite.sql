-- Schema 11: several copies of one office on one database.

-- Whose it is: the fingerprint of the root.
CREATE TABLE organ (one INTEGER PRIMARY KEY CHECK (one = 1), root BLOB NOT NULL) STRICT;
-- What one copy does for all, until when; then another takes it over.
CREATE TABLE leases (name TEXT PRIMARY KEY, holder BLOB NOT NULL, until INTEGER NOT NULL) STRICT;
-- In which order persons came to their certificates.
ALTER TABLE holders ADD COLUMN n INTEGER NOT NULL DEFAULT 0;
UPDATE holders SET n = rowid;
