-- Lists whose destruction was begun and is not ended: the daily work goes on with them (R22).
CREATE TABLE destroying (proposal BIGINT PRIMARY KEY, at BIGINT NOT NULL);
