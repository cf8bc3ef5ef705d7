-- name: letters
SELECT id, processor, partition, position, event_key, type, reason, detail, attempts, set_aside_at, state, settled_at
FROM kept.dead_letter
WHERE (%(state)s::text IS NULL OR state = %(state)s) AND id > %(after)s
ORDER BY id
LIMIT %(limit)s;

-- name: letter
SELECT id, processor, partition, position, event_key, type, reason, detail, attempts, set_aside_at, state, settled_at
FROM kept.dead_letter WHERE id = %(id)s;

-- name: hold
SELECT state FROM kept.dead_letter WHERE id = %(id)s FOR UPDATE;

-- name: settle
UPDATE kept.dead_letter SET state = %(state)s, settled_at = clock_timestamp() WHERE id = ANY(%(ids)s::bigint[]);

-- name: failed_again
UPDATE kept.dead_letter SET attempts = attempts + 1, reason = %(reason)s, detail = %(detail)s WHERE id = %(id)s;

-- name: recount
-- One record that was set aside is so no more.
UPDATE checkpoint
SET stored = stored + %(stored)s, late_duplicates = late_duplicates + %(late)s, shredded = shredded + %(shredded)s,
    dead = dead - 1, voided = voided + %(voided)s
WHERE processor = %(processor)s AND partition = %(partition)s;

-- name: unaccounted
-- Of these places those that were processed and are no dead letter.
SELECT place.partition, place.position
FROM unnest(%(partitions)s::int[], %(positions)s::bigint[]) AS place (partition, position)
JOIN checkpoint USING (partition)
WHERE checkpoint.processor = 'timeline' AND place.position < checkpoint.next_position
      AND NOT EXISTS (
          SELECT FROM kept.dead_letter AS letter
          WHERE letter.partition = place.partition AND letter.position = place.position
      )
ORDER BY 1, 2;
