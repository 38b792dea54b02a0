-- Version 6: what the office's reviews of cases came to (R44).
CREATE TABLE review (
  case_tag BLOB NOT NULL,               -- the inspection
  number   TEXT NOT NULL,               -- 案号
  at       INTEGER NOT NULL,            -- ms, office time
  agreed   INTEGER NOT NULL,
  says     TEXT NOT NULL,
  PRIMARY KEY (case_tag, at, number)
) WITHOUT ROWID;
