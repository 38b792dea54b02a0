-- Version 7: sound goes before video. What was recorded before is told apart by the name that the recorder gave it.
DROP INDEX sealed_next;
UPDATE sealed SET kind = 'audio' WHERE kind = 'recording' AND (claimed_name LIKE '%.wav' OR claimed_name LIKE '%.m4a' OR claimed_name LIKE '%.aac'
  OR claimed_name LIKE '%.ogg' OR claimed_name LIKE '%.oga' OR claimed_name LIKE '%.opus');
UPDATE sealed SET kind = 'video' WHERE kind = 'recording';
CREATE INDEX sealed_next ON sealed (CASE kind WHEN 'paper' THEN 0 WHEN 'strokes' THEN 1 WHEN 'thumbnail' THEN 2 WHEN 'audio' THEN 4 WHEN 'video' THEN 5 ELSE 3 END, added)
  WHERE (again OR custody IS NULL AND NOT deleted) AND parked IS NULL;
