-- name: trial
-- Names in the temporary schema come before those of the read models: whoever asks for identifiers sees the trial's verdict.
CREATE TEMP TABLE resettled (token uuid PRIMARY KEY, type text, before uuid, after uuid) ON COMMIT DROP;
CREATE TEMP VIEW identifier AS
SELECT i.token, i.type, i.value, i.customer_id, i.head, coalesce(tried.sharing, i.sharing) AS sharing,
       coalesce(tried.sharing, i.sharing) >= 2 AS shared, coalesce(tried.junk, i.junk) AS junk
FROM {live}.identifier AS i LEFT JOIN rejudged AS tried ON tried.token = i.token;

-- name: read_only
SET TRANSACTION READ ONLY;

-- name: resettle
INSERT INTO resettled
SELECT * FROM unnest(%(tokens)s::uuid[], %(types)s::text[], %(before)s::uuid[], %(after)s::uuid[])
ON CONFLICT DO NOTHING;

-- name: customers
-- Before, and how many more there would be.
SELECT (SELECT count(*) FROM identifier WHERE head = token),
       (SELECT count(DISTINCT after) - count(DISTINCT before) FROM resettled);

-- name: merged
-- Customers that would hold identifiers of several, by id; and how many there are.
SELECT whole.after, whole.parts, count(*) OVER ()
FROM (
    SELECT after, array_agg(DISTINCT before) AS parts FROM resettled
    WHERE after IS NOT NULL AND before IS NOT NULL
    GROUP BY after HAVING count(DISTINCT before) > 1
) AS whole JOIN identifier AS i ON i.token = whole.after
ORDER BY i.customer_id LIMIT %(limit)s;

-- name: split
-- Customers whose identifiers would belong to several, by id; and how many there are.
SELECT whole.before, whole.parts, count(*) OVER ()
FROM (
    SELECT before, array_agg(DISTINCT after) AS parts FROM resettled
    WHERE after IS NOT NULL AND before IS NOT NULL
    GROUP BY before HAVING count(DISTINCT after) > 1
) AS whole JOIN identifier AS i ON i.token = whole.before
ORDER BY i.customer_id LIMIT %(limit)s;

-- name: types_before
SELECT before, type, count(*) FROM resettled WHERE before = ANY(%(heads)s::uuid[]) GROUP BY before, type;

-- name: types_after
SELECT after, type, count(*) FROM resettled WHERE after = ANY(%(heads)s::uuid[]) GROUP BY after, type;

-- name: rejudged
-- By type: how many become shared, cease to be, become junk, cease to be. What is junk counts as nothing else.
-- Who becomes contested, or ceases to be, is none of these.
SELECT i.type, count(*) FILTER (WHERE i.shared AND NOT tried.was_shared),
       count(*) FILTER (WHERE tried.was_shared AND NOT i.shared),
       count(*) FILTER (WHERE tried.junk), count(*) FILTER (WHERE NOT tried.junk)
FROM rejudged AS tried JOIN identifier AS i ON i.token = tried.token
WHERE tried.junk IS NOT NULL OR i.shared <> tried.was_shared
GROUP BY i.type ORDER BY i.type;

-- name: moved_entities
-- What is open among agreements and follow-ups, and all orders, whose customer would be another one, or nobody.
SELECT thing.kind, count(*)
FROM resettled AS r JOIN entity AS thing ON thing.owner = r.token
WHERE r.before IS DISTINCT FROM r.after AND thing.visible
  AND (thing.kind = 'order' OR (thing.kind IN ('agreement', 'follow_up') AND thing.closes_at > %(now)s))
GROUP BY thing.kind;

-- name: moved_entries
SELECT count(*) FROM resettled AS r JOIN entry ON entry.owner = r.token WHERE r.before IS DISTINCT FROM r.after;
