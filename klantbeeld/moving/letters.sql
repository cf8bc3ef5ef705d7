-- name: letters
SELECT id, partition, position, event_key::text, state = 'retried' FROM kept.dead_letter ORDER BY id;

-- name: take_out
CREATE TEMPORARY TABLE carried_letter ON COMMIT DROP AS
SELECT id AS old_id, processor, event_key, type, owner, reason, detail, attempts, set_aside_at, state, settled_at
FROM kept.dead_letter WHERE id = ANY(%(ids)s::bigint[]);

-- name: remove
DELETE FROM kept.dead_letter WHERE id = ANY(%(ids)s::bigint[]);

-- name: put_back
INSERT INTO kept.dead_letter (processor, partition, position, event_key, type, owner, reason, detail, attempts,
                              set_aside_at, state, settled_at)
SELECT processor, place.partition, place.position, event_key, type, owner, reason, detail, attempts, set_aside_at, state,
       settled_at
FROM unnest(%(ids)s::bigint[], %(partitions)s::smallint[], %(positions)s::bigint[]) AS place (id, partition, position)
JOIN carried_letter ON old_id = place.id
ORDER BY old_id, place.position
ON CONFLICT (processor, partition, position) DO NOTHING;

-- name: unsettled
SELECT count(*) FROM kept.dead_letter WHERE state <> 'retried';
