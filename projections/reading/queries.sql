-- name: customer
-- Whose id this is, and all identifiers of that customer.
SELECT mine.token, mine.type, mine.value, mine.head, mine.shared, mine.junk, member.token, member.type, member.value
FROM identifier AS mine LEFT JOIN identifier AS member ON member.head = mine.head
WHERE mine.customer_id = %(id)s
ORDER BY member.type, member.value;

-- name: corrected_to
-- Whose the events are by now that named the identifier behind this id before they were corrected.
SELECT DISTINCT mine.head
FROM original AS said JOIN entry ON entry.event_key = said.event_key JOIN identifier AS mine ON mine.token = entry.owner
WHERE said.customer_ids @> ARRAY[%(id)s::uuid] AND mine.head IS NOT NULL
LIMIT 2;

-- name: heads
SELECT token, type, value, head, shared, junk, sharing = 1 FROM identifier WHERE token = ANY(%(tokens)s::uuid[]);

-- name: members
SELECT token, type, value FROM identifier WHERE head = %(head)s ORDER BY type, value;

-- name: shared_around
-- Shared identifiers that evidence pairs with these.
SELECT DISTINCT other.token, other.type, other.value, other.head, other.shared, other.junk
FROM (
    SELECT b AS token FROM evidence WHERE a = ANY(%(tokens)s::uuid[]) AND a <> b AND kind = 'evidence'
    UNION
    SELECT a FROM evidence WHERE b = ANY(%(tokens)s::uuid[]) AND a <> b AND kind = 'evidence'
    UNION
    SELECT b FROM word WHERE a = ANY(%(tokens)s::uuid[])
    UNION
    SELECT a FROM word WHERE b = ANY(%(tokens)s::uuid[])
) AS near JOIN identifier AS other USING (token)
WHERE other.shared AND NOT other.junk
LIMIT %(limit)s;

-- name: heads_around
-- The customers that evidence pairs a shared identifier with. Where there are too many pairs to read: those of some, and those
-- of whom something that names it came in lately.
WITH paired AS MATERIALIZED (
    (SELECT b AS token FROM evidence WHERE a = %(token)s AND a <> b AND kind = 'evidence' LIMIT %(near)s)
    UNION ALL
    (SELECT a FROM evidence WHERE b = %(token)s AND a <> b AND kind = 'evidence' LIMIT %(near)s)
),
late AS (
    SELECT unnest(said.tokens) AS token
    FROM checkpoint AS done CROSS JOIN LATERAL (
        SELECT tokens FROM entry
        WHERE partition = done.partition AND position >= done.next_position - %(lately)s / (SELECT count(DISTINCT partition) FROM checkpoint)
              AND tokens @> ARRAY[%(token)s::uuid]
        LIMIT %(near)s
    ) AS said
    WHERE done.processor = 'timeline' AND (SELECT count(*) FROM paired) >= %(near)s
)
SELECT DISTINCT other.head
FROM (SELECT token FROM paired UNION SELECT token FROM late) AS near JOIN identifier AS other USING (token)
WHERE other.head IS NOT NULL;

-- name: last_contacts
-- Of these customers those with the newest contact, and when that was.
SELECT asked.head, (
    SELECT max(talk.sort_at)
    FROM identifier AS mine JOIN entity AS talk ON talk.owner = mine.token AND talk.kind = 'conversation' AND talk.visible
    WHERE mine.head = asked.head
) AS last_at
FROM unnest(%(heads)s::uuid[]) AS asked (head)
ORDER BY last_at DESC NULLS LAST, asked.head
LIMIT %(limit)s;

-- name: verified
SELECT DISTINCT a FROM evidence WHERE a = b AND a = ANY(%(tokens)s::uuid[]) AND strength = 2;

-- name: sure
-- What was verified itself, paired with itself, and what verified evidence or a person joins; of these identifiers all of it.
SELECT a, b FROM evidence WHERE a = ANY(%(tokens)s::uuid[]) AND strength = 2 AND kind = 'evidence'
UNION ALL
SELECT a, b FROM word WHERE a = ANY(%(tokens)s::uuid[]) AND kind = 'link';

-- name: any_entry
SELECT EXISTS (SELECT FROM entry WHERE owner = ANY(%(tokens)s::uuid[]));

-- name: open_entities
SELECT found.*
FROM unnest(%(tokens)s::uuid[]) AS mine (token), LATERAL (
    SELECT id, kind, external_id, owner, sort_at, version, about, state
    FROM entity
    WHERE owner = mine.token AND visible AND closes_at > '1900-01-01T00:00:00Z' AND closes_at > %(now)s
          AND kind = ANY(%(kinds)s)
    ORDER BY kind, closes_at
    LIMIT %(limit)s
) AS found
ORDER BY found.sort_at DESC, found.id;

-- name: recent_entities
SELECT found.*
FROM unnest(%(tokens)s::uuid[]) AS mine (token), unnest(%(kinds)s::text[]) AS wanted (kind), LATERAL (
    SELECT id, kind, external_id, owner, sort_at, version, about, state
    FROM entity
    WHERE owner = mine.token AND kind = wanted.kind AND visible AND closes_at <= %(now)s
    ORDER BY sort_at DESC
    LIMIT %(limit)s
) AS found
ORDER BY found.sort_at DESC, found.id;

-- name: entity_page
-- The newest of one kind before a place in the list.
SELECT found.*
FROM unnest(%(tokens)s::uuid[]) AS mine (token), LATERAL (
    SELECT id, kind, external_id, owner, sort_at, version, about, state
    FROM entity
    WHERE owner = mine.token AND kind = %(kind)s AND visible
          AND sort_at <= %(before)s AND (sort_at < %(before)s OR id > %(after_id)s)
    ORDER BY sort_at DESC, id
    LIMIT %(limit)s
) AS found
ORDER BY found.sort_at DESC, found.id
LIMIT %(limit)s;

-- name: entities
SELECT id, kind, external_id, owner, sort_at, version, about, state FROM entity WHERE id = ANY(%(ids)s::uuid[]);

-- name: timeline_back
SELECT event_key, type, version, occurred_at, sequence, source, id, recorded_at, channel, direction, interaction_id,
       conversation_id, CASE WHEN bytes_before < %(bytes)s THEN data END
FROM (
    SELECT *, sum(octet_length(data)) OVER (ORDER BY occurred_at DESC, sequence DESC, source DESC, id DESC) - octet_length(data) AS bytes_before
    FROM (
        SELECT found.*
        FROM unnest(%(tokens)s::uuid[]) AS mine (token), LATERAL (
            SELECT event_key, type, version, occurred_at, sequence, source, id, recorded_at, channel, direction, interaction_id,
                   conversation_id, data
            FROM entry
            WHERE owner = mine.token
                  AND (occurred_at, sequence, source, id) < (%(at)s, %(sequence)s, %(source)s, %(id)s)
                  AND occurred_at >= %(from)s
                  AND (%(channels)s::text[] IS NULL OR channel = ANY(%(channels)s::text[]))
                  AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s::text[]))
                  AND (%(agent)s::text IS NULL OR agent_id = %(agent)s)
                  AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)
            ORDER BY occurred_at DESC, sequence DESC, source DESC, id DESC
            LIMIT %(limit)s
        ) AS found
        ORDER BY found.occurred_at DESC, found.sequence DESC, found.source DESC, found.id DESC
        LIMIT %(limit)s
    ) AS page
) AS weighed
ORDER BY occurred_at DESC, sequence DESC, source DESC, id DESC;

-- name: timeline_forth
SELECT event_key, type, version, occurred_at, sequence, source, id, recorded_at, channel, direction, interaction_id,
       conversation_id, CASE WHEN bytes_before < %(bytes)s THEN data END
FROM (
    SELECT *, sum(octet_length(data)) OVER (ORDER BY occurred_at, sequence, source, id) - octet_length(data) AS bytes_before
    FROM (
        SELECT found.*
        FROM unnest(%(tokens)s::uuid[]) AS mine (token), LATERAL (
            SELECT event_key, type, version, occurred_at, sequence, source, id, recorded_at, channel, direction, interaction_id,
                   conversation_id, data
            FROM entry
            WHERE owner = mine.token
                  AND (occurred_at, sequence, source, id) > (%(at)s, %(sequence)s, %(source)s, %(id)s)
                  AND occurred_at < %(to)s AND occurred_at >= %(from)s
                  AND (%(channels)s::text[] IS NULL OR channel = ANY(%(channels)s::text[]))
                  AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s::text[]))
                  AND (%(agent)s::text IS NULL OR agent_id = %(agent)s)
                  AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)
            ORDER BY occurred_at, sequence, source, id
            LIMIT %(limit)s
        ) AS found
        ORDER BY found.occurred_at, found.sequence, found.source, found.id
        LIMIT %(limit)s
    ) AS page
) AS weighed
ORDER BY occurred_at, sequence, source, id;

-- name: unattributed
SELECT found.*
FROM unnest(%(tokens)s::uuid[]) AS mine (token), LATERAL (
    SELECT event_key, type, occurred_at, channel, direction, interaction_id, conversation_id
    FROM entry
    WHERE owner = mine.token AND type IN ('interaction.started', 'interaction.recorded')
    ORDER BY occurred_at DESC, sequence DESC
    LIMIT %(limit)s
) AS found
ORDER BY found.occurred_at DESC
LIMIT %(limit)s;

-- name: messages
-- What was said in a conversation, oldest first, after a place in it.
SELECT event_key, type, version, occurred_at, sequence, source, id, recorded_at, channel, direction, interaction_id,
       conversation_id, CASE WHEN bytes_before < %(bytes)s THEN data END
FROM (
    SELECT *, sum(octet_length(data)) OVER (ORDER BY occurred_at, sequence, source, id) - octet_length(data) AS bytes_before
    FROM (
        SELECT event_key, type, version, occurred_at, sequence, source, id, recorded_at, channel, direction, interaction_id,
               conversation_id, data
        FROM entry
        WHERE conversation_id = %(conversation)s AND (occurred_at, sequence, source, id) > (%(at)s, %(sequence)s, %(source)s, %(id)s)
        ORDER BY occurred_at, sequence, source, id
        LIMIT %(limit)s
    ) AS page
) AS weighed
ORDER BY occurred_at, sequence, source, id;

-- name: interaction_entries
-- The interaction itself; where it has not come in yet, the first that is told of it.
SELECT event_key, type, source, id, owner, first_owner, conversation_id, interaction_id, version, data
FROM entry
WHERE interaction_id = %(id)s
ORDER BY type NOT IN ('interaction.started', 'interaction.recorded'), occurred_at, sequence, source, id
LIMIT 1;

-- name: freshness
-- `klantbeeld.complete_at` is set by whoever took the snapshot; without it the last acceptance stands for it.
SELECT done.next_position, log.next_position,
       (SELECT recorded_at FROM kept.record WHERE position = done.next_position), clock_timestamp(),
       (SELECT min(set_aside_at) FROM kept.dead_letter WHERE state = 'open' AND owner = ANY(%(tokens)s::uuid[])),
       coalesce(nullif(current_setting('klantbeeld.complete_at', true), '')::timestamptz, log.recorded_at),
       coalesce(nullif(current_setting('klantbeeld.lag_ms', true), '')::bigint, 0)
FROM kept.log_end AS log LEFT JOIN checkpoint AS done ON done.processor = 'timeline' AND done.partition = 0;

-- name: positions
SELECT partition, next_position FROM checkpoint WHERE processor = %(processor)s;

-- name: processed
SELECT partition, min(next_position) FROM checkpoint GROUP BY partition HAVING count(*) = 2;

-- name: queue
SELECT task.id, task.kind, task.external_id, task.owner, task.sort_at, task.version, task.about, task.state,
       coalesce(task.due_at, '9999-01-01T00:00:00Z'), task.priority, person.customer_id
FROM entity AS task
LEFT JOIN entity AS conversation ON conversation.id = task.about
LEFT JOIN identifier AS mine ON mine.token = task.owner
LEFT JOIN identifier AS person ON person.token = mine.head
WHERE task.kind = 'follow_up' AND task.visible
      AND (coalesce(task.due_at, '9999-01-01T00:00:00Z'), task.priority, task.id) > (%(due)s, %(rank)s, %(id)s)
      AND (%(teams)s::text[] IS NULL OR task.team = ANY(%(teams)s::text[]))
      AND (%(assignee)s::text IS NULL OR task.assignee = %(assignee)s)
      AND (NOT %(unassigned)s OR task.assignee IS NULL)
      AND (%(kinds)s::text[] IS NULL OR task.label = ANY(%(kinds)s::text[]))
      AND (%(priority)s::smallint IS NULL OR task.priority = %(priority)s)
      AND (%(due_before)s::timestamptz IS NULL OR task.due_at < %(due_before)s)
      AND (%(states)s::text[] IS NULL OR CASE
              WHEN task.closes_at <= '1900-01-01T00:00:00Z' THEN task.state::json ->> 'settled'
              WHEN task.hidden_until > %(now)s THEN 'snoozed'
              WHEN conversation.label = 'waiting' THEN 'waiting'
              ELSE 'open'
          END = ANY(%(states)s::text[]))
ORDER BY coalesce(task.due_at, '9999-01-01T00:00:00Z'), task.priority, task.id
LIMIT %(limit)s;

-- name: queue_counts
SELECT CASE WHEN task.hidden_until > %(now)s THEN 'snoozed' WHEN conversation.label = 'waiting' THEN 'waiting' ELSE 'open' END,
       task.team, task.assignee IS NULL, task.due_at < %(now)s, count(*)
FROM entity AS task LEFT JOIN entity AS conversation ON conversation.id = task.about
WHERE task.kind = 'follow_up' AND task.visible AND task.closes_at > '1900-01-01T00:00:00Z'
GROUP BY 1, 2, 3, 4;

-- name: target
SELECT id, kind, external_id, owner, sort_at, version, about, state, last_at FROM entity WHERE id = %(id)s;

-- name: last_change
-- The entry that was recorded last of those that this entity is folded from.
SELECT type, source, recorded_at, agent_id, data
FROM entry
WHERE (%(kind)s = 'order' AND order_id = %(id)s) OR (%(kind)s = 'agreement' AND agreement_id = %(id)s)
      OR (%(kind)s = 'follow_up' AND follow_up_id = %(id)s)
      OR (%(kind)s = 'conversation' AND conversation_id = %(id)s)
ORDER BY recorded_at DESC, position DESC
LIMIT 1;

-- name: happened
-- What was processed of one partition from one position up to another, and whose it is now; an attribution is told to
-- whom it points at.
SELECT entry.position, entry.event_key, entry.type, entry.occurred_at, entry.channel, entry.direction, entry.agent_id,
       entry.interaction_id, entry.conversation_id, entry.follow_up_id, coalesce(other.head, mine.head), task.team, task.assignee,
       CASE WHEN entry.type = 'interaction.started' THEN entry.data END, entry.history
FROM entry
LEFT JOIN identifier AS mine ON mine.token = entry.owner
LEFT JOIN identifier AS other ON other.token = entry.pointed
LEFT JOIN entity AS task ON task.id = entry.follow_up_id
WHERE entry.partition = %(partition)s AND entry.position >= %(first)s AND entry.position < %(stop)s
ORDER BY entry.position
LIMIT %(limit)s;

-- name: moved_customers
-- Of these customers those that are known under another id now.
SELECT customer_id, head FROM identifier WHERE customer_id = ANY(%(ids)s::uuid[]) AND head <> token;

-- name: processing
SELECT processor, partition, next_position, stored, late_duplicates, dead, shredded
FROM checkpoint
ORDER BY processor, partition;
