-- Version 5: what is next is found by an index, however much is done or waits.
CREATE INDEX checkpoint_asked ON checkpoint (life, cp_no DESC) WHERE offer = 1 AND parked IS NULL;
CREATE INDEX checkpoint_next ON checkpoint (life, cp_no) WHERE (receipt IS NULL AND offer = 0 OR offer = 2) AND parked IS NULL;
CREATE INDEX checkpoint_unsettled ON checkpoint (life, size) WHERE receipt IS NULL AND offer = 0 OR offer IN (1, 2);
CREATE INDEX mirror_checkpoint_next ON mirror_checkpoint (log, cp_no) WHERE receipt IS NULL AND covered = 0;
CREATE INDEX mirror_checkpoint_parked ON mirror_checkpoint (log) WHERE parked IS NOT NULL;
CREATE INDEX sealed_next ON sealed (CASE kind WHEN 'paper' THEN 0 WHEN 'strokes' THEN 1 WHEN 'thumbnail' THEN 2 WHEN 'recording' THEN 4 ELSE 3 END, added)
  WHERE (again OR custody IS NULL AND NOT deleted) AND parked IS NULL;
CREATE INDEX sealed_added ON sealed (added);
CREATE INDEX sealed_clear ON sealed (clear);
CREATE INDEX sealed_name ON sealed (name, kind, added);
