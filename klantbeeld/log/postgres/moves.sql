-- name: has_log
SELECT to_regclass('kept.log_end') IS NOT NULL, to_regclass('kept.move') IS NOT NULL;

-- name: records
SELECT next_position FROM kept.log_end;

-- name: not_moved
SELECT log.next_position - coalesce(move.next_position, 0)
FROM kept.log_end AS log LEFT JOIN kept.move ON move.log_id = log.log_id AND move.done_at IS NOT NULL;

-- name: move_of
SELECT to_log_id::text, next_position, content_digest, done_at IS NOT NULL FROM kept.move WHERE log_id = %(log_id)s;

-- name: is_target
SELECT EXISTS (SELECT FROM kept.move WHERE to_log_id = %(to)s);

-- name: begin
-- A move to another log than before begins anew.
INSERT INTO kept.move (log_id, to_log_id, content_digest) VALUES (%(log_id)s, %(to)s, %(digest)s)
ON CONFLICT (log_id) DO UPDATE
SET next_position = CASE WHEN move.to_log_id = excluded.to_log_id THEN move.next_position ELSE 0 END,
    to_log_id = excluded.to_log_id,
    content_digest = coalesce(excluded.content_digest, move.content_digest),
    done_at = NULL;

-- name: advance
UPDATE kept.move SET next_position = %(next)s WHERE log_id = %(log_id)s;

-- name: finish
INSERT INTO kept.move (log_id, to_log_id, next_position, content_digest, done_at)
VALUES (%(log_id)s, %(to)s, %(next)s, %(digest)s, clock_timestamp())
ON CONFLICT (log_id) DO UPDATE
SET to_log_id = excluded.to_log_id, next_position = excluded.next_position,
    content_digest = excluded.content_digest, done_at = excluded.done_at;

-- name: close_to_appends
-- Until the end of this transaction nobody appends; answers the log's end.
WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock(%(gate)s))
SELECT next_position FROM kept.log_end, gate FOR UPDATE OF log_end;

-- name: hold_off_erasures
-- For as long as the connection lives.
SELECT pg_advisory_lock_shared(%(lock)s);

-- name: begin_anew
UPDATE kept.log_end SET log_id = gen_random_uuid(), next_position = 0, recorded_at = '1970-01-01Z';
