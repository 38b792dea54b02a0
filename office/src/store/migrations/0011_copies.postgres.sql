-- Schema 11: several copies of one office on one database.

-- Whose it is: the fingerprint of the root.
CREATE TABLE organ (one BIGINT PRIMARY KEY CHECK (one = 1), root BYTEA NOT NULL);
-- What one copy does for all, until when; then another takes it over.
CREATE TABLE leases (name TEXT COLLATE "C" PRIMARY KEY, holder BYTEA NOT NULL, until BIGINT NOT NULL);
-- In which order persons came to their certificates.
ALTER TABLE holders ADD COLUMN n BIGINT NOT NULL DEFAULT 0;
