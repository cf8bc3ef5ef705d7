-- name: links_page
-- What was said of pairs with these identifiers, by pair and kind, in the order in which it was first said.
WITH said AS (
    SELECT a, b, kind, strength, occurred_at FROM evidence
    WHERE a = ANY(%(tokens)s::uuid[]) AND a <> b AND kind <> 'withdrawal'
    UNION ALL
    SELECT a, b, kind, strength, occurred_at FROM evidence
    WHERE b = ANY(%(tokens)s::uuid[]) AND a <> b AND kind <> 'withdrawal'
)
SELECT a, b, kind, max(strength), min(occurred_at) AS since
FROM said
GROUP BY a, b, kind
HAVING (min(occurred_at), a, b, kind) > (%(at)s::timestamptz, %(a)s::uuid, %(b)s::uuid, %(kind)s::text)
ORDER BY since, a, b, kind
LIMIT %(limit)s;

-- name: refused
SELECT conflict.a, conflict.b, conflict.reason
FROM unnest(%(a)s::uuid[], %(b)s::uuid[]) AS pair (a, b) JOIN conflict USING (a, b);

-- name: told
-- The events behind evidence; the data of a person's only, for the reason that stands in it.
SELECT event_key, type, agent_id, CASE WHEN type LIKE 'identity.%%' THEN data END
FROM entry WHERE event_key = ANY(%(keys)s::uuid[]);

-- name: sightings
-- How sure the surest source was of each of these identifiers, and when it was first seen.
SELECT a, max(strength), min(occurred_at) FROM evidence WHERE a = b AND a = ANY(%(tokens)s::uuid[]) GROUP BY a;

-- name: proving
-- Identifiers that verified evidence, or a person, joins to these.
SELECT b FROM evidence WHERE a = ANY(%(tokens)s::uuid[]) AND a <> b AND strength = 2 AND kind = 'evidence'
UNION
SELECT a FROM evidence WHERE b = ANY(%(tokens)s::uuid[]) AND a <> b AND strength = 2 AND kind = 'evidence'
UNION
SELECT b FROM word WHERE a = ANY(%(tokens)s::uuid[]) AND kind = 'link'
UNION
SELECT a FROM word WHERE b = ANY(%(tokens)s::uuid[]) AND kind = 'link';

-- name: unlinks_among
SELECT DISTINCT a, b FROM word
WHERE kind = 'unlink' AND a = ANY(%(tokens)s::uuid[]) AND b = ANY(%(tokens)s::uuid[]);

-- name: tokens_of
-- In no particular order.
SELECT customer_id, token FROM identifier WHERE customer_id = ANY(%(ids)s::uuid[]);

-- name: count_entries
SELECT mine.token, (SELECT count(*) FROM entry WHERE owner = mine.token)
FROM unnest(%(tokens)s::uuid[]) AS mine (token);

-- name: count_entities
SELECT mine.token, wanted.kind,
       (SELECT count(*) FROM entity WHERE owner = mine.token AND kind = wanted.kind AND visible)
FROM unnest(%(tokens)s::uuid[]) AS mine (token), unnest(%(kinds)s::text[]) AS wanted (kind);

-- name: count_open
SELECT mine.token, wanted.kind,
       (SELECT count(*) FROM entity
        WHERE owner = mine.token AND kind = wanted.kind AND visible AND closes_at > '1900-01-01T00:00:00Z'
              AND closes_at > %(now)s)
FROM unnest(%(tokens)s::uuid[]) AS mine (token), unnest(%(kinds)s::text[]) AS wanted (kind);

-- name: profiles
-- What names these customers: their identifiers, and what was told of each. Of a customer with very many those that tell most:
-- first what was verified, which nobody can bring in any amount of by a form.
SELECT mine.head, mine.token, mine.type, mine.value, mine.state
FROM unnest(%(heads)s::uuid[]) AS asked (head) CROSS JOIN LATERAL (
    SELECT i.head, i.token, i.type, i.value, told.state
    FROM identifier AS i LEFT JOIN entity AS told ON told.owner = i.token AND told.kind = 'profile' AND told.visible
    WHERE i.head = asked.head
    ORDER BY CASE WHEN i.type IN ('order_number', 'tracking', 'anonymous', 'device') THEN true
                  ELSE NOT EXISTS (SELECT FROM evidence WHERE a = i.token AND b = i.token AND strength = 2) END,
             told.state IS NULL, i.type IN ('order_number', 'tracking', 'anonymous', 'device'), i.type, i.value
    LIMIT %(most)s
) AS mine
ORDER BY mine.type, mine.value;

-- name: open_under
-- What is open under these identifiers, of each kind at most so many under one, and `most` in all.
SELECT found.*
FROM unnest(%(tokens)s::uuid[]) AS mine (token) CROSS JOIN LATERAL unnest(%(kinds)s::text[]) AS wanted (kind), LATERAL (
    SELECT id, kind, external_id, owner, sort_at, version, about, state
    FROM entity
    WHERE owner = mine.token AND visible AND closes_at > '1900-01-01T00:00:00Z' AND closes_at > %(now)s
          AND kind = wanted.kind
    ORDER BY closes_at
    LIMIT %(limit)s
) AS found
ORDER BY found.sort_at DESC, found.id
LIMIT %(most)s;

-- name: undecided
-- What a person has to decide: what the rules refused, and a person's link that another's word stands against.
SELECT c.a, c.b, c.kind, c.strength, c.reason, c.occurred_at, one.type, one.value, one.head, other.type, other.value, other.head
FROM conflict AS c JOIN identifier AS one ON one.token = c.a JOIN identifier AS other ON other.token = c.b
WHERE (c.reason <> 'cannot_link' OR c.kind = 'link') AND (c.occurred_at, c.a, c.b) > (%(at)s::timestamptz, %(a)s::uuid, %(b)s::uuid)
ORDER BY c.occurred_at, c.a, c.b
LIMIT %(limit)s;

-- name: doubts
-- Reports that nobody has settled yet.
SELECT doubt.id, doubt.sort_at, doubt.state, mine.type, mine.value, mine.head
FROM entity AS doubt JOIN identifier AS mine ON mine.token = doubt.owner
WHERE doubt.kind = 'follow_up' AND doubt.label = 'identity_review' AND doubt.visible
      AND doubt.closes_at > '1900-01-01T00:00:00Z' AND (doubt.sort_at, doubt.id) > (%(at)s::timestamptz, %(id)s::uuid)
ORDER BY doubt.sort_at, doubt.id
LIMIT %(limit)s;
