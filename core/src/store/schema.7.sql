-- Version 7: sound goes before video. What was recorded before is told apart by the name that the recorder gave it.
DROP INDEX sealed_next;
UPDATE sealed SET kind = CASE WHEN claimed_name LIKE '%.mp4' THEN 'video' ELSE 'audio' END WHERE kind = 'recording';
CREATE INDEX sealed_next ON sealed (CASE kind WHEN 'paper' THEN 0 WHEN 'strokes' THEN 1 WHEN 'thumbnail' THEN 2 WHEN 'audio' THEN 4 WHEN 'video' THEN 5 ELSE 3 END, added)
  WHERE (again OR custody IS NULL AND NOT deleted) AND parked IS NULL;
