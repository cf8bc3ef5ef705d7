-- name: incoming
CREATE TEMP TABLE IF NOT EXISTS incoming_document (LIKE search_document) ON COMMIT DELETE ROWS;

-- name: copy_documents
COPY search_document (id, kind, owner, entity_id, occurred_at, version, channel, title, body, names, words) FROM STDIN;

-- name: copy_incoming
COPY incoming_document (id, kind, owner, entity_id, occurred_at, version, channel, title, body, names, words) FROM STDIN;

-- name: put_incoming
INSERT INTO search_document AS kept
    (id, kind, owner, entity_id, occurred_at, version, channel, title, body, names, words)
SELECT id, kind, owner, entity_id, occurred_at, version, channel, title, body, names, words FROM incoming_document
ON CONFLICT (id) DO UPDATE
SET kind = excluded.kind, owner = excluded.owner, entity_id = excluded.entity_id,
    occurred_at = excluded.occurred_at, version = excluded.version, channel = excluded.channel,
    title = excluded.title, body = excluded.body, names = excluded.names, words = excluded.words
WHERE kept.version < excluded.version;

-- name: clear_incoming
DELETE FROM incoming_document;

-- name: delete_documents
DELETE FROM search_document WHERE id = ANY(%(ids)s::uuid[]) AND version < %(version)s;

-- name: present
SELECT id FROM search_document WHERE id = ANY(%(ids)s::uuid[]);

-- name: size
SELECT count(*) FROM search_document;

-- name: be_lenient
SELECT set_config('pg_trgm.strict_word_similarity_threshold', %(alike)s, true);

-- name: ranked
-- `exact`: every word is there. `alike`: for some word only a name that resembles it; `anchors` are the words that may
-- be names, each asked of its index, and then every clause must hold. More than `most` hits are not ranked.
WITH exact AS MATERIALIZED (
    SELECT d.id, d.kind, d.owner, d.entity_id, d.occurred_at, d.names, ts_rank(d.words, %(rank)s::tsquery, 1) AS rank
    FROM search_document d
    WHERE d.words @@ %(query)s::tsquery
      AND (%(kinds)s::text[] IS NULL OR d.kind = ANY(%(kinds)s::text[]))
      AND (%(channels)s::text[] IS NULL OR d.channel = ANY(%(channels)s::text[]))
      AND (%(start)s::timestamptz IS NULL OR d.occurred_at >= %(start)s::timestamptz)
      AND (%(end)s::timestamptz IS NULL OR d.occurred_at < %(end)s::timestamptz)
    LIMIT %(most)s
), alike AS MATERIALIZED (
    SELECT DISTINCT ON (d.id) d.id, d.kind, d.owner, d.entity_id, d.occurred_at, d.names,
        ts_rank(d.words, %(rank)s::tsquery, 1) AS rank
    FROM unnest(%(anchors)s::text[]) AS anchor (word)
    JOIN search_document d ON d.names OPERATOR(public.%%>>) anchor.word AND d.names <> ''
    WHERE NOT d.words @@ %(query)s::tsquery
      AND (%(kinds)s::text[] IS NULL OR d.kind = ANY(%(kinds)s::text[]))
      AND (%(channels)s::text[] IS NULL OR d.channel = ANY(%(channels)s::text[]))
      AND (%(start)s::timestamptz IS NULL OR d.occurred_at >= %(start)s::timestamptz)
      AND (%(end)s::timestamptz IS NULL OR d.occurred_at < %(end)s::timestamptz)
      AND NOT EXISTS (
        SELECT FROM unnest(%(clauses)s::tsquery[], %(clause_names)s::text[]) AS clause (query, name)
        WHERE NOT (d.words @@ clause.query OR (clause.name <> '' AND d.names OPERATOR(public.%%>>) clause.name)))
), found AS (
    SELECT *, round(1000000 * rank
        + 50000 * CASE WHEN names = '' OR %(name)s = '' THEN 0
                  ELSE public.strict_word_similarity(%(name)s, names) END)::bigint AS score
    FROM (SELECT * FROM exact UNION ALL SELECT * FROM alike) AS hit
), page AS (
    SELECT id, kind, owner, entity_id, occurred_at, score FROM found
    WHERE %(after_id)s::uuid IS NULL
       OR (score, occurred_at, id) < (%(after_score)s::bigint, %(after_at)s::timestamptz, %(after_id)s::uuid)
    ORDER BY score DESC, occurred_at DESC, id DESC
    LIMIT %(limit)s
)
SELECT page.id, page.kind, page.owner, page.entity_id, page.occurred_at, page.score, d.title, d.body,
    (SELECT count(*) FROM exact) AS hits
FROM page JOIN search_document d ON d.id = page.id
ORDER BY page.score DESC, page.occurred_at DESC, page.id DESC;

-- name: newest
-- The planner walks the index on time where the words are common, and sorts where they are not.
SELECT d.id, d.kind, d.owner, d.entity_id, d.occurred_at,
    round(1000000 * ts_rank(d.words, %(rank)s::tsquery, 1))::bigint AS score, d.title, d.body
FROM search_document d
WHERE d.words @@ %(query)s::tsquery
  AND (%(kinds)s::text[] IS NULL OR d.kind = ANY(%(kinds)s::text[]))
  AND (%(channels)s::text[] IS NULL OR d.channel = ANY(%(channels)s::text[]))
  AND (%(start)s::timestamptz IS NULL OR d.occurred_at >= %(start)s::timestamptz)
  AND (%(end)s::timestamptz IS NULL OR d.occurred_at < %(end)s::timestamptz)
  AND (%(after_id)s::uuid IS NULL OR (d.occurred_at, d.id) < (%(after_at)s::timestamptz, %(after_id)s::uuid))
ORDER BY d.occurred_at DESC, d.id DESC
LIMIT %(limit)s;

-- name: search_version
SELECT nextval('search_version');

-- name: lock_buckets
-- In the order given, which must be sorted: two workers that hold news of one document write one after the other.
SELECT pg_advisory_xact_lock(%(space)s, bucket) FROM unnest(%(buckets)s::int[]) AS bucket;

-- name: limit
SELECT next_position FROM checkpoint WHERE processor = 'timeline' AND partition = %(partition)s;

-- name: entries_between
SELECT type, owner, CASE WHEN pointed IS NULL THEN tokens ELSE tokens || pointed END, interaction_id, conversation_id, order_id FROM entry
WHERE partition = %(partition)s AND position BETWEEN %(first)s AND %(last)s;

-- name: conversations_of
SELECT DISTINCT conversation_id FROM entry
WHERE interaction_id = ANY(%(ids)s::uuid[]) AND conversation_id IS NOT NULL;

-- name: people
-- Identifiers with their profiles; a row for each token asked for, even if nothing is known of it any more.
SELECT asked.token, i.type, i.value, i.junk, profile.state, profile.last_at
FROM unnest(%(ids)s::uuid[]) AS asked (token)
LEFT JOIN identifier i ON i.token = asked.token
LEFT JOIN entity profile ON profile.id = asked.token AND profile.kind = 'profile';

-- name: things
SELECT id, kind, external_id, owner, visible, sort_at, state FROM entity
WHERE id = ANY(%(ids)s::uuid[]) AND kind IN ('conversation', 'order');

-- name: texts
-- The newest interactions of each conversation, newest first, with what became of them.
SELECT conversation.id, e.interaction_id, e.type, e.version, e.data, told.state
FROM unnest(%(ids)s::uuid[]) AS conversation (id)
CROSS JOIN LATERAL (
    SELECT interaction_id, type, version, data, occurred_at, sequence, source, entry.id
    FROM entry
    WHERE conversation_id = conversation.id AND type IN ('interaction.recorded', 'interaction.started')
    ORDER BY occurred_at DESC
    LIMIT %(most)s
) AS e
LEFT JOIN entity told ON told.id = e.interaction_id AND told.kind = 'interaction'
ORDER BY conversation.id, e.occurred_at DESC, e.sequence DESC, e.source DESC, e.id DESC;

-- name: all_entities
SELECT id, kind FROM entity
WHERE kind IN ('conversation', 'order') AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
ORDER BY id LIMIT %(limit)s;

-- name: all_tokens
SELECT token FROM identifier WHERE %(after)s::uuid IS NULL OR token > %(after)s::uuid
ORDER BY token LIMIT %(limit)s;

-- name: generation
-- Which read models the connection sees, the index that belongs to them, and whether anything was written to it.
SELECT current_schema(), (SELECT index_name FROM search_generation),
    EXISTS (SELECT FROM checkpoint WHERE processor = 'search' AND next_position > 0);

-- name: generation_of
SELECT index_name FROM {live}.search_generation;

-- name: keep_generation
INSERT INTO search_generation (index_name) VALUES (%(index)s)
ON CONFLICT (sole) DO UPDATE SET index_name = excluded.index_name;

-- name: clear_documents
-- What search by PostgreSQL had, before another engine took its place.
TRUNCATE search_document;

-- name: given_out
SELECT last_value FROM {live}.search_version;

-- name: raise_version
-- The sequence forgets its last numbers when PostgreSQL dies before it wrote them down; documents keep them.
SELECT max(nextval('search_version'))
FROM generate_series(0, greatest(0, %(met)s - (SELECT last_value FROM search_version)));

-- name: try_alone
SELECT pg_try_advisory_lock(%(lock)s);

-- name: let_others
SELECT pg_advisory_unlock(%(lock)s);
