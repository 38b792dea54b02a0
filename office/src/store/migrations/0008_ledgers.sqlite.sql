-- Schema 8: ledgers: complaints, problems and their correction, equipment, contacts, cards, draws.

-- `number` is `<sign>〔<year>〕<serial>号`.
CREATE TABLE ledgers (
  row BLOB PRIMARY KEY, book TEXT NOT NULL, year INTEGER NOT NULL, serial INTEGER NOT NULL, number TEXT NOT NULL, at INTEGER NOT NULL,
  UNIQUE (book, number), UNIQUE (book, year, serial)) STRICT;
-- `record` is cbor [salt, {book, row, number, n, at, step}]; its SHA-256 is a leaf of the office's log.
CREATE TABLE ledger_steps (
  row BLOB NOT NULL REFERENCES ledgers, n INTEGER NOT NULL, at INTEGER NOT NULL, record BLOB NOT NULL UNIQUE,
  leaf INTEGER NOT NULL, receipt BLOB NOT NULL, PRIMARY KEY (row, n)) STRICT;
CREATE TRIGGER ledger_steps_stay BEFORE UPDATE ON ledger_steps BEGIN SELECT RAISE(ABORT, 'steps are only appended'); END;
CREATE TRIGGER ledger_steps_remain BEFORE DELETE ON ledger_steps BEGIN SELECT RAISE(ABORT, 'steps are only appended'); END;
-- What must not be read with the row, as an age file to the office: who reported, the seed of a draw until it is drawn.
CREATE TABLE ledger_sealed (row BLOB PRIMARY KEY REFERENCES ledgers, sealed BLOB NOT NULL) STRICT;
