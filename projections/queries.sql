-- name: lock_checkpoint
SELECT next_position, log_id, voided FROM checkpoint
WHERE processor = %(processor)s AND partition = %(partition)s
FOR UPDATE;

-- name: add_checkpoint
INSERT INTO checkpoint (processor, partition, log_id) VALUES (%(processor)s, %(partition)s, %(log_id)s)
ON CONFLICT DO NOTHING;

-- name: move_checkpoint
UPDATE checkpoint
SET next_position = %(next)s, recorded_at = %(recorded_at)s, stored = stored + %(stored)s,
    late_duplicates = late_duplicates + %(late)s, dead = dead + %(dead)s, shredded = shredded + %(shredded)s,
    voided = voided + %(voided)s
WHERE processor = %(processor)s AND partition = %(partition)s;

-- name: lock_checkpoints
SELECT partition, next_position, log_id, voided FROM checkpoint
WHERE processor = %(processor)s AND partition = ANY(%(partitions)s::integer[])
ORDER BY partition
FOR UPDATE;

-- name: move_checkpoints
UPDATE checkpoint
SET next_position = moved.next_position, recorded_at = moved.recorded_at, stored = checkpoint.stored + moved.stored,
    late_duplicates = late_duplicates + moved.late, shredded = checkpoint.shredded + moved.shredded,
    voided = checkpoint.voided + moved.voided
FROM unnest(%(partitions)s::integer[], %(nexts)s::bigint[], %(recorded)s::timestamptz[], %(stored)s::bigint[],
            %(late)s::bigint[], %(shredded)s::bigint[], %(voided)s::bigint[])
    AS moved (partition, next_position, recorded_at, stored, late, shredded, voided)
WHERE checkpoint.processor = %(processor)s AND checkpoint.partition = moved.partition;

-- name: checkpoints
SELECT processor, partition, next_position, recorded_at FROM checkpoint ORDER BY processor, partition;

-- name: add_dead_letter
INSERT INTO kept.dead_letter (processor, partition, position, event_key, type, owner, reason, detail, attempts)
VALUES (%(processor)s, %(partition)s, %(position)s, %(event_key)s, %(type)s, %(owner)s, %(reason)s, %(detail)s,
        %(attempts)s)
ON CONFLICT (processor, partition, position) DO UPDATE SET attempts = excluded.attempts;

-- name: known_entries
SELECT event_key FROM entry WHERE event_key = ANY(%(keys)s::uuid[]);

-- name: places_of
SELECT event_key, partition, position, digest FROM entry WHERE event_key = ANY(%(keys)s::uuid[]);

-- name: copy_entries
COPY entry (event_key, partition, position, type, version, occurred_at, sequence, source, id, recorded_at, owner,
            first_owner, tokens, strengths, pointed, channel, direction, agent_id, interaction_id, conversation_id,
            order_id, agreement_id, follow_up_id, history, zone, data, digest)
FROM STDIN;

-- name: entries_by_key
SELECT * FROM entry WHERE event_key = ANY(%(keys)s::uuid[]);

-- name: entries_by_interaction
SELECT * FROM entry WHERE interaction_id = ANY(%(ids)s::uuid[]);

-- name: entries_by_conversation
SELECT * FROM entry WHERE conversation_id = ANY(%(ids)s::uuid[]);

-- name: entries_by_order
SELECT * FROM entry WHERE order_id = ANY(%(ids)s::uuid[]);

-- name: entries_by_agreement
SELECT * FROM entry WHERE agreement_id = ANY(%(ids)s::uuid[]);

-- name: entries_by_follow_up
SELECT * FROM entry WHERE follow_up_id = ANY(%(ids)s::uuid[]);

-- name: entries_by_owner
-- Only what a profile is folded from.
SELECT * FROM entry
WHERE owner = ANY(%(ids)s::uuid[]) AND type IN ('customer.described', 'consent.changed', 'feedback.given');

-- name: telling
-- A scan of the whole table: only for corrections that take back evidence which counted.
SELECT event_key, type, occurred_at, sequence, source, id, recorded_at, owner, tokens, strengths, pointed,
       version, CASE WHEN type = 'identity.decision_withdrawn' THEN data END
FROM entry WHERE tokens && %(tokens)s::uuid[] OR pointed = ANY(%(tokens)s::uuid[]);

-- name: reroute_entry
UPDATE entry
SET owner = %(owner)s, first_owner = %(first_owner)s, tokens = %(tokens)s::uuid[],
    strengths = %(strengths)s::smallint[], channel = %(channel)s, direction = %(direction)s, agent_id = %(agent_id)s,
    interaction_id = %(interaction_id)s, conversation_id = %(conversation_id)s, order_id = %(order_id)s,
    agreement_id = %(agreement_id)s, follow_up_id = %(follow_up_id)s, data = %(data)s
WHERE event_key = %(key)s;

-- name: load_entities
SELECT id, kind, external_id, owner, founded, last_at, last_sequence, last_source, last_id, version, state
FROM entity WHERE id = ANY(%(ids)s::uuid[]);

-- name: lock_entities
-- As `load_entities`, held until the end of the transaction; sorted, so that two never wait for each other in a circle.
SELECT id, kind, external_id, owner, founded, last_at, last_sequence, last_source, last_id, version, state
FROM entity WHERE id = ANY(%(ids)s::uuid[])
ORDER BY id
FOR NO KEY UPDATE;

-- name: delete_entities
DELETE FROM entity WHERE id = ANY(%(ids)s::uuid[]);

-- name: copy_entities
COPY entity (id, kind, external_id, owner, founded, visible, sort_at, closes_at, due_at, priority, team, assignee, label,
             hidden_until, about, last_at, last_sequence, last_source, last_id, version, state)
FROM STDIN;

-- name: changed_entities
CREATE TEMP TABLE IF NOT EXISTS changed_entity (LIKE entity) ON COMMIT DELETE ROWS;

-- name: clear_changed_entities
-- For a caller who applies several batches in one transaction.
DELETE FROM changed_entity;

-- name: copy_changed_entities
COPY changed_entity (id, kind, external_id, owner, founded, visible, sort_at, closes_at, due_at, priority, team,
                     assignee, label, hidden_until, about, last_at, last_sequence, last_source, last_id,
                     version, state)
FROM STDIN;

-- name: apply_changed_entities
UPDATE entity AS kept
SET owner = new.owner, founded = new.founded, visible = new.visible, sort_at = new.sort_at,
    closes_at = new.closes_at, due_at = new.due_at, priority = new.priority, team = new.team,
    assignee = new.assignee, label = new.label, hidden_until = new.hidden_until, about = new.about, last_at = new.last_at, last_sequence = new.last_sequence,
    last_source = new.last_source, last_id = new.last_id, version = new.version, state = new.state
FROM changed_entity AS new
WHERE kept.id = new.id;

-- name: corrections_of
SELECT target, event_key FROM correction WHERE target = ANY(%(keys)s::uuid[]);

-- name: save_correction
INSERT INTO correction (target, event_key) VALUES (%(target)s, %(event_key)s)
ON CONFLICT (target) DO UPDATE SET event_key = excluded.event_key;

-- name: originals
SELECT owner, tokens, types, values, strengths, data FROM original WHERE event_key = ANY(%(keys)s::uuid[]);

-- name: save_original
INSERT INTO original (event_key, owner, tokens, customer_ids, strengths, types, values, data)
VALUES (%(event_key)s, %(owner)s, %(tokens)s, %(customer_ids)s::uuid[], %(strengths)s, %(types)s, %(values)s, %(data)s)
ON CONFLICT DO NOTHING;

-- name: parcels
-- For each of these parcels the event that decides which order it belongs to.
SELECT DISTINCT ON (id) id, order_external_id, occurred_at, sequence, source, event_id
FROM parcel WHERE id = ANY(%(ids)s::uuid[])
ORDER BY id, occurred_at, sequence, source, event_id;

-- name: copy_parcels
COPY parcel (id, order_external_id, occurred_at, sequence, source, event_id) FROM STDIN;

-- name: delete_parcel
DELETE FROM parcel
WHERE parcel.id = %(parcel)s AND occurred_at = %(occurred_at)s AND sequence = %(sequence)s AND source = %(source)s
  AND event_id = %(id)s;

-- name: identifiers
SELECT token, type, value, head, sharing, junk FROM identifier WHERE token = ANY(%(tokens)s::uuid[]);

-- name: lock_identifiers
SELECT token, type, value, head, sharing, junk FROM identifier WHERE token = ANY(%(tokens)s::uuid[])
ORDER BY token
FOR NO KEY UPDATE;

-- name: members
SELECT token FROM identifier WHERE head = ANY(%(heads)s::uuid[]);

-- name: copy_identifiers
COPY identifier (token, type, value, customer_id, head, sharing, junk) FROM STDIN;

-- name: set_heads
UPDATE identifier AS kept
SET head = new.head, sharing = new.sharing
FROM unnest(%(tokens)s::uuid[], %(heads)s::uuid[], %(sharing)s::smallint[]) AS new (token, head, sharing)
WHERE kept.token = new.token AND (kept.head IS DISTINCT FROM new.head OR kept.sharing <> new.sharing);

-- name: evidence_of
-- All evidence that names one of these tokens, each piece once.
SELECT a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id
FROM evidence WHERE a = ANY(%(tokens)s::uuid[])
UNION ALL
SELECT a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id
FROM evidence WHERE b = ANY(%(tokens)s::uuid[]) AND a <> b AND a <> ALL(%(tokens)s::uuid[]);

-- name: evidence_proving
-- Of these tokens sightings, what is verified and people's words: without what is merely asserted of them.
SELECT a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id
FROM evidence WHERE a = ANY(%(tokens)s::uuid[]) AND (a = b OR strength = 2 OR kind <> 'evidence')
UNION ALL
SELECT a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id
FROM evidence
WHERE b = ANY(%(tokens)s::uuid[]) AND a <> b AND (strength = 2 OR kind <> 'evidence') AND a <> ALL(%(tokens)s::uuid[]);

-- name: evidence_sample
-- What is said of pairs of these tokens: all words of people, and of either direction at most so many verified and asserted
-- pieces. With the token, and the type of the other end and whether it is junk, NULL where that is not stored.
SELECT mine.token, other.type, other.junk, said.*
FROM unnest(%(tokens)s::uuid[]) AS mine (token) CROSS JOIN LATERAL (
    SELECT a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id
    FROM evidence WHERE a = mine.token AND a <> b AND kind <> 'evidence'
    UNION ALL
    SELECT a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id
    FROM evidence WHERE b = mine.token AND a <> b AND kind <> 'evidence'
    UNION ALL
    (SELECT a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id
     FROM evidence WHERE a = mine.token AND a <> b AND kind = 'evidence' AND strength = 2 LIMIT %(most)s)
    UNION ALL
    (SELECT a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id
     FROM evidence WHERE b = mine.token AND a <> b AND kind = 'evidence' AND strength = 2 LIMIT %(most)s)
    UNION ALL
    (SELECT a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id
     FROM evidence WHERE a = mine.token AND a <> b AND kind = 'evidence' AND strength = 1 LIMIT %(most)s)
    UNION ALL
    (SELECT a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id
     FROM evidence WHERE b = mine.token AND a <> b AND kind = 'evidence' AND strength = 1 LIMIT %(most)s)
) AS said
LEFT JOIN identifier AS other ON other.token = CASE WHEN said.a = mine.token THEN said.b ELSE said.a END;

-- name: reachable
-- These identifiers and all that evidence or links lead to from them; shared and junk ones are no way on, and from and to
-- contested ones only what is verified is (a link counts as verified).
WITH RECURSIVE walk (token, contested) AS (
    SELECT token, sharing = 1 FROM identifier WHERE token = ANY(%(tokens)s::uuid[])
    UNION
    SELECT next.token, identifier.sharing = 1
    FROM walk
    CROSS JOIN LATERAL (
        SELECT b AS token, strength FROM evidence WHERE a = walk.token AND a <> b AND kind IN ('evidence', 'link')
        UNION ALL
        SELECT a, strength FROM evidence WHERE b = walk.token AND a <> b AND kind IN ('evidence', 'link')
    ) AS next
    JOIN identifier ON identifier.token = next.token AND NOT identifier.shared AND NOT identifier.junk
         AND (next.strength = 2 OR NOT (walk.contested OR identifier.sharing = 1))
)
SELECT token FROM walk;

-- name: evidence_of_pairs
SELECT e.a, e.b, e.kind, e.strength, e.occurred_at, e.sequence, e.source, e.id, e.place, e.recorded_at,
       e.taken_source, e.taken_id
FROM unnest(%(a)s::uuid[], %(b)s::uuid[]) AS pair (a, b) JOIN evidence e ON e.a = pair.a AND e.b = pair.b;

-- name: copy_evidence
COPY evidence (a, b, kind, strength, occurred_at, sequence, source, id, place, recorded_at, taken_source, taken_id)
FROM STDIN;

-- name: delete_evidence_of_pairs
DELETE FROM evidence e
USING unnest(%(a)s::uuid[], %(b)s::uuid[]) AS pair (a, b)
WHERE e.a = pair.a AND e.b = pair.b;

-- name: delete_unnamed
-- Identifiers that no event names any more.
DELETE FROM identifier AS kept
WHERE kept.token = ANY(%(tokens)s::uuid[])
  AND NOT EXISTS (SELECT FROM evidence WHERE a = kept.token)
  AND NOT EXISTS (SELECT FROM evidence WHERE b = kept.token AND a <> b);

-- name: entries_of_owners
-- All entries of these owners, those that an attribution took away among them.
SELECT * FROM entry WHERE owner = ANY(%(owners)s::uuid[])
UNION ALL
SELECT * FROM entry WHERE first_owner = ANY(%(owners)s::uuid[]) AND first_owner <> owner AND owner <> ALL(%(owners)s::uuid[]);

-- name: entries_of_places
-- All entries of these conversations, orders, agreements, follow-ups and interactions.
SELECT * FROM entry WHERE conversation_id = ANY(%(ids)s::uuid[])
UNION ALL
SELECT * FROM entry WHERE order_id = ANY(%(ids)s::uuid[])
UNION ALL
SELECT * FROM entry WHERE agreement_id = ANY(%(ids)s::uuid[])
UNION ALL
SELECT * FROM entry WHERE follow_up_id = ANY(%(ids)s::uuid[])
UNION ALL
SELECT * FROM entry WHERE interaction_id = ANY(%(ids)s::uuid[]);
