-- Schema 8: ledgers: complaints, problems and their correction, equipment, contacts, cards, draws.

-- `number` is `<sign>〔<year>〕<serial>号`.
CREATE TABLE ledgers (
  row BYTEA PRIMARY KEY, book TEXT COLLATE "C" NOT NULL, year BIGINT NOT NULL, serial BIGINT NOT NULL, number TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL,
  UNIQUE (book, number), UNIQUE (book, year, serial));
-- `record` is cbor [salt, {book, row, number, n, at, step}]; its SHA-256 is a leaf of the office's log.
CREATE TABLE ledger_steps (
  row BYTEA NOT NULL REFERENCES ledgers, n BIGINT NOT NULL, at BIGINT NOT NULL, record BYTEA NOT NULL,
  leaf BIGINT NOT NULL, receipt BYTEA NOT NULL, PRIMARY KEY (row, n));
CREATE UNIQUE INDEX ledger_steps_record ON ledger_steps (sha256(record));
CREATE TRIGGER ledger_steps_stay BEFORE UPDATE ON ledger_steps FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER ledger_steps_remain BEFORE DELETE ON ledger_steps FOR EACH ROW EXECUTE FUNCTION only_appended();
CREATE TRIGGER ledger_steps_whole BEFORE TRUNCATE ON ledger_steps EXECUTE FUNCTION only_appended();
-- What must not be read with the row, as an age file to the office: who reported, the seed of a draw until it is drawn.
CREATE TABLE ledger_sealed (row BYTEA PRIMARY KEY REFERENCES ledgers, sealed BYTEA NOT NULL);
