-- name: try_alone
-- Held by the one rebuild or verification that is running, for as long as its connection lives.
SELECT pg_try_advisory_lock(%(lock)s);

-- name: let_others
SELECT pg_advisory_unlock(%(lock)s);

-- name: try_beside_none
-- Whether no rebuild or verification is running; none starts before the end of this transaction.
SELECT pg_try_advisory_xact_lock_shared(%(lock)s);

-- name: checkpoints
SELECT processor, partition, next_position, log_id, stored, late_duplicates, dead, shredded FROM checkpoint;

-- name: set_aside
-- Dead letters that stand for records in no read model.
SELECT processor, partition, position, event_key, state FROM kept.dead_letter WHERE state <> 'retried';

-- name: place_follower
-- A processor that was filled from the read models stands where the timeline stands.
INSERT INTO checkpoint (processor, partition, next_position, log_id, recorded_at, stored)
SELECT %(follower)s, partition, next_position, log_id, recorded_at, next_position
FROM checkpoint WHERE processor = %(leader)s
ON CONFLICT (processor, partition) DO UPDATE
SET next_position = excluded.next_position, recorded_at = excluded.recorded_at, stored = excluded.stored,
    late_duplicates = 0, dead = 0, shredded = 0;

-- name: forget_touched
DELETE FROM touched;

-- name: lock_checkpoints
-- Waits for the batches under way; from here to the end of the transaction nobody moves on. Whoever waits for this looks
-- the name up again afterwards, and so finds the schema that then bears it.
LOCK TABLE checkpoint IN EXCLUSIVE MODE;

-- name: followers_letters
UPDATE kept.dead_letter SET state = 'retried', settled_at = clock_timestamp()
WHERE processor = %(processor)s AND state = 'open';

-- name: open_letters
SELECT id, processor, partition, position FROM kept.dead_letter WHERE state = 'open' ORDER BY id;

-- name: most_voided
SELECT coalesce(max(voided), 0) FROM checkpoint;

-- name: outdo_voided
-- So that everyone who remembers evidence forgets it: the counts of two fillings may be equal by chance.
UPDATE checkpoint SET voided = voided + %(most)s + 1;

-- name: voided
SELECT voided FROM checkpoint WHERE processor = %(processor)s AND partition = %(partition)s;

-- name: gather_slots
INSERT INTO checkpoint AS known (processor, partition, next_position, log_id, recorded_at,
                                 stored, late_duplicates, dead, shredded, voided)
SELECT %(processor)s, %(partition)s, %(position)s, %(log_id)s, max(recorded_at), coalesce(sum(stored), 0),
       coalesce(sum(late_duplicates), 0), coalesce(sum(dead), 0), coalesce(sum(shredded), 0), coalesce(sum(voided), 0)
FROM checkpoint WHERE processor = %(processor)s AND partition = ANY(%(slots)s::smallint[])
ON CONFLICT (processor, partition) DO UPDATE
SET next_position = excluded.next_position, recorded_at = greatest(known.recorded_at, excluded.recorded_at),
    stored = known.stored + excluded.stored, late_duplicates = known.late_duplicates + excluded.late_duplicates,
    dead = known.dead + excluded.dead, shredded = known.shredded + excluded.shredded,
    voided = known.voided + excluded.voided;

-- name: clear_slots
DELETE FROM checkpoint WHERE processor = %(processor)s AND partition = ANY(%(slots)s::smallint[]);
