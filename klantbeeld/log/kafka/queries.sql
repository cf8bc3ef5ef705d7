-- name: hold
-- Holds off erasures, and tells the horizon that something accepted may be on its way, until the transaction ends.
SELECT pg_advisory_xact_lock_shared(%(erasure)s), pg_advisory_xact_lock_shared(%(append)s);

-- name: begun
-- Asked after the locks are held: only so is the epoch that of the last erasure, and no time of acceptance older than
-- a moment at which the horizon saw nobody.
SELECT epoch, clock_timestamp() FROM kept.erasure_epoch;

-- name: claim
-- No row comes back when the claim was taken before.
INSERT INTO kept.claim (entity, etag, claimed_by, at, event_key)
VALUES (%(entity)s, %(etag)s, %(by)s, clock_timestamp(), %(event_key)s)
ON CONFLICT DO NOTHING
RETURNING at;

-- name: claim_holder
SELECT claimed_by, at, event_key FROM kept.claim WHERE entity = %(entity)s AND etag = %(etag)s;

-- name: spool_size
SELECT count(*), coalesce(sum(octet_length(sealed)), 0)::bigint FROM kept.spool;

-- name: oldest_waits
-- For how many seconds; NULL when nothing waits.
SELECT extract(epoch FROM clock_timestamp() - min(recorded_at))::float8 FROM kept.spool;

-- name: take_ids
SELECT nextval(pg_get_serial_sequence('kept.spool', 'id')) FROM generate_series(1, %(count)s);

-- name: copy_spool
COPY kept.spool (id, event_key, type, channel, direction, occurred_at, sequence, recorded_at, owner, tokens, flags,
                 digest, sealed)
FROM STDIN;

-- name: spooled_events
-- Which of these events are in the spool, or went from there to the log within the last hour.
SELECT event_key, -1, id, digest FROM kept.spool WHERE event_key = ANY(%(keys)s::uuid[])
UNION ALL
SELECT event_key, partition, position, digest FROM kept.spooled WHERE event_key = ANY(%(keys)s::uuid[]);

-- name: try_lead
SELECT pg_try_advisory_xact_lock(%(spool)s);

-- name: hold_erasure
SELECT pg_advisory_xact_lock_shared(%(erasure)s);

-- name: next_in_spool
-- The oldest first, as many as fit in a batch, at least one.
SELECT id, event_key::text, type, channel, direction, occurred_at, sequence, recorded_at, owner::text,
       array_to_string(tokens, ' '), flags, digest, sealed
FROM (
    SELECT *, sum(octet_length(sealed)) OVER (ORDER BY recorded_at, id) - octet_length(sealed) AS bytes_before
    FROM (SELECT * FROM kept.spool ORDER BY recorded_at, id LIMIT %(rows)s) AS oldest
) AS next
WHERE bytes_before < %(bytes)s
ORDER BY recorded_at, id;

-- name: find_in_spool
SELECT id, event_key::text, type, channel, direction, occurred_at, sequence, recorded_at, owner::text,
       array_to_string(tokens, ' '), flags, digest, sealed
FROM kept.spool
WHERE event_key = ANY(%(keys)s::uuid[]);

-- name: published
WITH gone AS (
    DELETE FROM kept.spool
    USING unnest(%(ids)s::bigint[], %(partitions)s::integer[], %(positions)s::bigint[]) AS now (id, partition, position)
    WHERE spool.id = now.id
    RETURNING spool.id, spool.event_key, spool.digest, now.partition, now.position
)
INSERT INTO kept.spooled (id, event_key, digest, partition, position)
SELECT id, event_key, digest, partition, position FROM gone;

-- name: forget_published
DELETE FROM kept.spooled WHERE published_at < clock_timestamp() - interval '1 hour';

-- name: is_waiting
SELECT EXISTS (SELECT FROM kept.spool);

-- name: is_waiting_up_to
SELECT EXISTS (SELECT FROM kept.spool WHERE id <= %(id)s);

-- name: places_up_to
SELECT partition, max(position) FROM kept.spooled WHERE id <= %(id)s GROUP BY partition;

-- name: last_published
SELECT max(published_at) FROM kept.spooled;

-- name: now
SELECT clock_timestamp();

-- name: on_its_way
-- Since when somebody may be publishing what was accepted, and whether there is somebody of whom that cannot be told.
SELECT min(activity.xact_start), coalesce(bool_or(activity.xact_start IS NULL), false)
FROM pg_locks AS lock
LEFT JOIN pg_stat_activity AS activity USING (pid)
WHERE lock.locktype = 'advisory'
  AND lock.granted
  AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (lock.classid::bigint << 32) + lock.objid::bigint = %(append)s
  AND lock.objsubid = 1;

-- name: oldest_in_spool
SELECT min(recorded_at) FROM kept.spool;

-- name: just_started
-- Whether the server forgot, moments ago, who was publishing.
SELECT pg_postmaster_start_time() > clock_timestamp() - make_interval(secs => %(seconds)s);
