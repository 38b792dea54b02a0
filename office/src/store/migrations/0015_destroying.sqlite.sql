-- Lists whose destruction was begun and is not ended: the daily work goes on with them (R22).
CREATE TABLE destroying (proposal INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
