-- name: note
INSERT INTO rules (event_key, kind, version, occurred_at, sequence, source, id, recorded_at, document)
VALUES (%(event_key)s, %(kind)s, %(version)s, %(occurred_at)s, %(sequence)s, %(source)s, %(id)s, %(recorded_at)s,
        %(document)s)
ON CONFLICT DO NOTHING;

-- name: in_force
-- The last in fold order of those that had happened, and were known, by then; after passing over some newer ones.
SELECT event_key, version, occurred_at, sequence, source, id, recorded_at, document
FROM rules
WHERE kind = %(kind)s AND occurred_at <= %(occurred_by)s AND recorded_at <= %(recorded_by)s
ORDER BY occurred_at DESC, sequence DESC, source DESC, id DESC
LIMIT 1 OFFSET %(newer)s;

-- name: workspace
-- `rejudged`: identifiers that other rules judge otherwise; NULL is what stays. `was_shared`: as the old rules had it, where
-- `sharing` is another now. `unsettled`: whose components have to be resolved again. Gone with the transaction.
CREATE TEMP TABLE IF NOT EXISTS rejudged (token uuid PRIMARY KEY, junk boolean, sharing smallint, was_shared boolean)
ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS unsettled (token uuid PRIMARY KEY) ON COMMIT DELETE ROWS;
DELETE FROM rejudged;
DELETE FROM unsettled;

-- name: all_identifiers
SELECT token, type, value, junk FROM identifier;

-- name: rejudge_junk
INSERT INTO rejudged (token, junk) SELECT * FROM unnest(%(tokens)s::uuid[], %(junk)s::boolean[]);

-- name: types
SELECT DISTINCT type FROM identifier;

-- name: rejudge_shared
-- Of identifiers of these types, those of which the limits say otherwise now. `rows`, `columns` and `most`: the limits, for
-- each pair of types that has one. `personal`: types that stand for somebody.
WITH newest AS MATERIALIZED (
    SELECT DISTINCT ON (a, b) a, b, kind
    FROM word
    ORDER BY a, b, occurred_at DESC, sequence DESC, source DESC, id DESC, place DESC
),
pair AS (
    SELECT e.a, e.b, one.type AS a_type, other.type AS b_type, max(e.strength) = 2 AS verified
    FROM evidence AS e
    JOIN identifier AS one ON one.token = e.a
    JOIN identifier AS other ON other.token = e.b
    WHERE e.kind = 'evidence' AND e.a <> e.b AND e.strength > 0 AND NOT one.junk AND NOT other.junk
      AND (one.type = ANY(%(types)s) OR other.type = ANY(%(types)s))
      AND NOT EXISTS (SELECT FROM newest WHERE newest.a = e.a AND newest.b = e.b AND newest.kind = 'unlink')
    GROUP BY e.a, e.b, one.type, other.type
),
joined AS (
    SELECT a AS token, a_type AS type, b_type AS other, verified FROM pair
    UNION ALL
    SELECT b, b_type, a_type, verified FROM pair
),
counted AS (
    SELECT token, type, other, count(*) AS number, count(*) FILTER (WHERE verified) AS verified
    FROM joined WHERE type = ANY(%(types)s) GROUP BY token, type, other
),
above AS (
    SELECT counted.token,
           CASE WHEN bool_or(counted.verified > allowed.most) THEN 3
                WHEN bool_or(counted.verified > 0 AND counted.other = ANY(%(personal)s::text[])) THEN 1 ELSE 2 END AS sharing
    FROM counted
    LEFT JOIN unnest(%(rows)s::text[], %(columns)s::text[], %(most)s::bigint[]) AS allowed (type, other, most)
      ON allowed.type = counted.type AND allowed.other = counted.other
    GROUP BY counted.token
    HAVING bool_or(counted.number > allowed.most)
)
INSERT INTO rejudged (token, sharing, was_shared)
SELECT i.token, coalesce(above.sharing, 0), i.shared
FROM identifier AS i LEFT JOIN above ON above.token = i.token
WHERE i.type = ANY(%(types)s) AND i.sharing <> coalesce(above.sharing, 0)
ON CONFLICT (token) DO UPDATE SET sharing = excluded.sharing, was_shared = excluded.was_shared;

-- name: write_junk
UPDATE identifier AS kept SET junk = new.junk FROM rejudged AS new WHERE kept.token = new.token AND new.junk IS NOT NULL;

-- name: write_shared
UPDATE identifier AS kept SET sharing = new.sharing FROM rejudged AS new
WHERE kept.token = new.token AND new.sharing IS NOT NULL;

-- name: unsettle
-- Whatever is judged otherwise, and what is paired with that: it may have held together, or come between.
ANALYZE rejudged;
INSERT INTO unsettled SELECT token FROM rejudged;
INSERT INTO unsettled
SELECT e.b FROM rejudged JOIN evidence AS e ON e.a = rejudged.token WHERE e.a <> e.b
UNION
SELECT e.a FROM rejudged JOIN evidence AS e ON e.b = rejudged.token WHERE e.a <> e.b
ON CONFLICT DO NOTHING;

-- name: next_unsettled
SELECT token FROM unsettled ORDER BY token LIMIT %(limit)s;

-- name: settled
DELETE FROM unsettled WHERE token = ANY(%(tokens)s::uuid[]);

-- name: rejudged_junk
SELECT token FROM rejudged WHERE junk IS NOT NULL;

-- name: count_rejudged
SELECT count(*) FROM rejudged;
