-- name: of_another_log
-- Read models that nothing was processed into look as those of the log that is moved, so that a rebuild fills them to
-- the end of the new one.
INSERT INTO checkpoint (processor, partition, log_id)
SELECT 'timeline', 0, %(log_id)s WHERE NOT EXISTS (SELECT FROM checkpoint);

-- name: filled_from
-- How far the timeline has come on this log.
SELECT partition, next_position FROM checkpoint WHERE processor = 'timeline' AND log_id = %(log_id)s;
