-- name: hold_erasure
-- Holds off erasures until the end of this transaction, and tells how many there were. Two statements in one exchange: a
-- statement sees what was committed before it began, and the first may have to wait.
SELECT pg_advisory_xact_lock_shared($erasure);
SELECT epoch FROM kept.erasure_epoch;

-- name: epoch
SELECT epoch FROM kept.erasure_epoch;

-- name: known_events
-- Which of these events lie in the log already.
SELECT event_key, position, digest FROM kept.record WHERE event_key = ANY(%(keys)s::uuid[]);

-- name: take_positions
-- The next positions, in commit order: the row stays locked until the end of the transaction, and so does the gate,
-- which tells readers that something with an earlier time of acceptance may still be on its way.
WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock(%(gate)s))
UPDATE kept.log_end
SET next_position = next_position + %(count)s,
    recorded_at = greatest(recorded_at, clock_timestamp())
FROM gate
RETURNING next_position - %(count)s, recorded_at;

-- name: nothing_on_its_way
-- Now, if no append is open: then a snapshot taken after this holds everything accepted up to this moment.
SELECT CASE WHEN pg_try_advisory_xact_lock_shared(%(gate)s) THEN clock_timestamp() END;

-- name: timeline_positions
SELECT partition, next_position FROM checkpoint WHERE processor = 'timeline';

-- name: set_complete
SELECT set_config('klantbeeld.complete_at', %(at)s, true), set_config('klantbeeld.lag_ms', %(lag)s, true);

-- name: copy_records
COPY kept.record (position, event_key, type, channel, direction, occurred_at, sequence, recorded_at, owner, tokens,
                  flags, digest, sealed)
FROM STDIN;

-- name: claim
-- No row comes back when the claim was taken before.
INSERT INTO kept.claim (entity, etag, claimed_by, at, event_key)
VALUES (%(entity)s, %(etag)s, %(by)s, clock_timestamp(), %(event_key)s)
ON CONFLICT DO NOTHING
RETURNING at;

-- name: claim_holder
SELECT claimed_by, at FROM kept.claim WHERE entity = %(entity)s AND etag = %(etag)s;

-- name: read_records
SELECT position, event_key::text, type, channel, direction, occurred_at, sequence, recorded_at, owner::text,
       array_to_string(tokens, ' '), flags, digest, sealed
FROM (
    SELECT *, sum(octet_length(sealed)) OVER (ORDER BY position) - octet_length(sealed) AS bytes_before
    FROM kept.record
    WHERE position >= %(start)s AND position < %(stop)s
) AS next
WHERE bytes_before < %(bytes)s
ORDER BY position;

-- name: read_slice
-- All events of one owner lie in the same slice: tokens are random to their last byte.
SELECT position, event_key::text, type, channel, direction, occurred_at, sequence, recorded_at, owner::text,
       array_to_string(tokens, ' '), flags, digest, sealed
FROM (
    SELECT *, sum(octet_length(sealed)) OVER (ORDER BY position) - octet_length(sealed) AS bytes_before
    FROM (
        SELECT * FROM kept.record
        WHERE position >= %(start)s AND get_byte(uuid_send(owner), 15) %% %(of)s = %(number)s
        ORDER BY position
        LIMIT %(limit)s
    ) AS own
) AS next
WHERE bytes_before < %(bytes)s
ORDER BY position;

-- name: find_records
SELECT position, event_key::text, type, channel, direction, occurred_at, sequence, recorded_at, owner::text,
       array_to_string(tokens, ' '), flags, digest, sealed
FROM kept.record
WHERE event_key = ANY(%(keys)s::uuid[]);

-- name: end
SELECT next_position FROM kept.log_end;

-- name: log_id
SELECT log_id FROM kept.log_end;

-- name: tokens_of
SELECT hash, token FROM kept.identifier_key WHERE hash = ANY(%(hashes)s::bytea[]);

-- name: add_tokens
-- Sorted by hash, so that two callers never wait for each other in a circle.
INSERT INTO kept.identifier_key (token, hash, wrapped_key)
SELECT token, hash, wrapped_key
FROM unnest(%(tokens)s::uuid[], %(hashes)s::bytea[], %(wrapped)s::bytea[]) AS new (token, hash, wrapped_key)
ORDER BY hash
ON CONFLICT (hash) DO NOTHING;

-- name: keys_of
SELECT token, wrapped_key FROM kept.identifier_key WHERE token = ANY(%(tokens)s::uuid[]);

-- name: secret
SELECT wrapped FROM kept.secret WHERE name = %(name)s;

-- name: add_secret
INSERT INTO kept.secret (name, wrapped) VALUES (%(name)s, %(wrapped)s) ON CONFLICT DO NOTHING;
