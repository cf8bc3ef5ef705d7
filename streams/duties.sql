-- name: try_duty
SELECT pg_try_advisory_xact_lock(%(lock)s);

-- name: not_announced
SELECT id, processor, partition, position, reason FROM kept.dead_letter
WHERE announced_at IS NULL AND state = 'open' ORDER BY id LIMIT %(limit)s;

-- name: announced
UPDATE kept.dead_letter SET announced_at = clock_timestamp() WHERE id = ANY(%(ids)s::bigint[]);
