-- name: lock
SELECT pg_advisory_xact_lock(%(lock)s);

-- name: try_lock
SELECT pg_try_advisory_xact_lock(%(lock)s);

-- name: people
-- What there is to describe of these identifiers: the profile, and what else the person is reached by: identifiers that
-- evidence joins with it, and those that its descriptions named, however weakly.
SELECT asked.token, profile.state, mine.junk, ARRAY(
    SELECT i.type || ' ' || i.value
    FROM (
        SELECT asked.token
        UNION (SELECT b FROM evidence WHERE a = asked.token AND b <> a AND kind = 'evidence' ORDER BY b LIMIT %(near)s)
        UNION (SELECT a FROM evidence WHERE b = asked.token AND b <> a AND kind = 'evidence' ORDER BY a LIMIT %(near)s)
        UNION (SELECT b FROM word WHERE a = asked.token AND kind = 'link' ORDER BY b LIMIT %(near)s)
        UNION (SELECT a FROM word WHERE b = asked.token AND kind = 'link' ORDER BY a LIMIT %(near)s)
        UNION SELECT unnest(told.tokens) FROM (
            SELECT tokens FROM entry WHERE owner = asked.token AND type = 'customer.described'
            ORDER BY occurred_at DESC LIMIT %(near)s
        ) AS told
    ) AS around (token) JOIN identifier i USING (token)
    WHERE i.type IN ('email', 'phone', 'whatsapp') AND NOT i.junk
)
FROM unnest(%(tokens)s::uuid[]) AS asked (token)
JOIN entity profile ON profile.id = asked.token AND profile.kind = 'profile'
JOIN identifier mine ON mine.token = asked.token;

-- name: checkpoints
SELECT partition, log_id, next_position FROM checkpoint WHERE processor = 'timeline' ORDER BY partition;

-- name: positions
SELECT partition, log_id, next_position FROM kept.suggestion_position;

-- name: described_between
SELECT DISTINCT owner FROM entry
WHERE partition = %(partition)s AND position >= %(first)s AND position < %(stop)s AND type = 'customer.described'
UNION
SELECT unnest(tokens) FROM entry
WHERE partition = %(partition)s AND position >= %(first)s AND position < %(stop)s AND type = 'event.corrected';

-- name: move_position
INSERT INTO kept.suggestion_position (partition, log_id, next_position)
VALUES (%(partition)s, %(log_id)s, %(next)s)
ON CONFLICT (partition) DO UPDATE SET log_id = excluded.log_id, next_position = excluded.next_position;

-- name: add_due
INSERT INTO kept.suggestion_due AS due (token, describe, compare)
SELECT token, true, false FROM unnest(%(tokens)s::uuid[]) AS token
ON CONFLICT (token) DO UPDATE SET describe = true WHERE NOT due.describe;

-- name: add_all_due
INSERT INTO kept.suggestion_due AS due (token, describe, compare)
SELECT token, true, false
FROM (SELECT id AS token FROM entity WHERE kind = 'profile' UNION SELECT token FROM kept.suggestion_person) AS everybody
ON CONFLICT (token) DO UPDATE SET describe = true WHERE NOT due.describe;

-- name: compare_all
INSERT INTO kept.suggestion_due AS due (token, describe, compare)
SELECT token, false, true FROM kept.suggestion_person
ON CONFLICT (token) DO UPDATE SET compare = true WHERE NOT due.compare;

-- name: to_describe
SELECT token FROM kept.suggestion_due WHERE describe ORDER BY token LIMIT %(limit)s;

-- name: to_compare
SELECT token FROM kept.suggestion_due WHERE NOT describe AND compare ORDER BY token LIMIT %(limit)s;

-- name: still_due
SELECT token FROM kept.suggestion_due WHERE token = ANY(%(tokens)s::uuid[]) AND NOT describe AND compare;

-- name: described
UPDATE kept.suggestion_due SET describe = false, compare = compare OR token = ANY(%(changed)s::uuid[])
WHERE token = ANY(%(tokens)s::uuid[]);

-- name: settled
DELETE FROM kept.suggestion_due WHERE token = ANY(%(tokens)s::uuid[]) AND NOT describe AND NOT compare;

-- name: not_due
DELETE FROM kept.suggestion_due WHERE token = ANY(%(tokens)s::uuid[]);

-- name: sweep
-- The next of all who have a profile or had one when they were described.
SELECT token FROM (
    (SELECT id AS token FROM entity WHERE kind = 'profile' AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
     ORDER BY id LIMIT %(limit)s)
    UNION
    (SELECT token FROM kept.suggestion_person WHERE %(after)s::uuid IS NULL OR token > %(after)s::uuid
     ORDER BY token LIMIT %(limit)s)
) AS everybody
ORDER BY token LIMIT %(limit)s;

-- name: round
SELECT swept, round_positions, coalesce(clock_timestamp() - round_at > make_interval(secs => %(every)s), true)
FROM kept.suggestion_weights;

-- name: begin_round
INSERT INTO kept.suggestion_weights (swept, round_at, round_positions)
VALUES ('00000000-0000-0000-0000-000000000000', clock_timestamp(), %(positions)s)
ON CONFLICT (single) DO UPDATE
SET swept = excluded.swept, round_at = excluded.round_at, round_positions = excluded.round_positions;

-- name: go_round
UPDATE kept.suggestion_weights SET swept = %(swept)s;

-- name: known
SELECT token, fingerprint, keys FROM kept.suggestion_person WHERE token = ANY(%(tokens)s::uuid[]);

-- name: fingerprints
SELECT token, fingerprint FROM kept.suggestion_person WHERE token = ANY(%(tokens)s::uuid[]);

-- name: delete_keys
DELETE FROM kept.suggestion_key AS k USING unnest(%(keys)s::bigint[], %(tokens)s::uuid[]) AS old (key, token)
WHERE k.key = old.key AND k.token = old.token;

-- name: copy_keys
COPY kept.suggestion_key (key, token) FROM STDIN;

-- name: delete_people
DELETE FROM kept.suggestion_person WHERE token = ANY(%(tokens)s::uuid[]);

-- name: copy_people
COPY kept.suggestion_person (token, fingerprint, keys, terms) FROM STDIN;

-- name: delete_pairs
DELETE FROM kept.suggestion WHERE a = ANY(%(tokens)s::uuid[]) OR b = ANY(%(tokens)s::uuid[]);

-- name: keep_pairs
-- Only these are left of the suggestions for these people, beside those with somebody whose own turn comes.
DELETE FROM kept.suggestion AS s
WHERE (s.a = ANY(%(tokens)s::uuid[]) OR s.b = ANY(%(tokens)s::uuid[]))
  AND NOT EXISTS (
    SELECT FROM kept.suggestion_due AS due
    WHERE due.token IN (s.a, s.b) AND due.token <> ALL(%(tokens)s::uuid[]) AND due.compare AND NOT due.describe)
  AND NOT EXISTS (
    SELECT FROM unnest(%(a)s::uuid[], %(b)s::uuid[]) AS wanted (a, b) WHERE wanted.a = s.a AND wanted.b = s.b);

-- name: put_pairs
INSERT INTO kept.suggestion AS s (a, b, probability, reasons)
SELECT a, b, probability, string_to_array(reasons, ' ')
FROM unnest(%(a)s::uuid[], %(b)s::uuid[], %(probabilities)s::float8[], %(reasons)s::text[])
     AS wanted (a, b, probability, reasons)
ON CONFLICT (a, b) DO UPDATE SET probability = excluded.probability, reasons = excluded.reasons
WHERE (s.probability, s.reasons) IS DISTINCT FROM (excluded.probability, excluded.reasons);

-- name: neighbours
-- Who shares a block with each of these; blocks of too many people are left out.
SELECT mine.token, block.tokens
FROM kept.suggestion_person AS mine, unnest(mine.keys) AS own (key), LATERAL (
    SELECT array_agg(token) AS tokens FROM (
        SELECT k.token FROM kept.suggestion_key AS k WHERE k.key = own.key LIMIT %(most)s + 1
    ) AS members
) AS block
WHERE mine.token = ANY(%(tokens)s::uuid[]) AND cardinality(block.tokens) BETWEEN 2 AND %(most)s;

-- name: first_people
SELECT token FROM kept.suggestion_person ORDER BY token LIMIT %(limit)s;

-- name: count_people
SELECT count(*) FROM kept.suggestion_person;

-- name: count_pairs
SELECT count(*) FROM kept.suggestion;

-- name: forget_terms
DELETE FROM kept.suggestion_term;

-- name: count_terms
-- A term that one person has is as good as one that nobody has.
INSERT INTO kept.suggestion_term (term, people)
SELECT term, count(*) FROM kept.suggestion_person, unnest(terms) AS term GROUP BY term HAVING count(*) > 1;

-- name: terms
SELECT term, people FROM kept.suggestion_term WHERE term = ANY(%(terms)s::bigint[]);

-- name: weights
SELECT people, weights FROM kept.suggestion_weights;

-- name: set_weights
INSERT INTO kept.suggestion_weights (people, weights) VALUES (%(people)s, %(weights)s)
ON CONFLICT (single) DO UPDATE SET people = excluded.people, weights = excluded.weights;

-- name: likeliest
-- Suggestions that were open when they were last looked at, from a place in the list on; heads as they are now.
SELECT s.a, s.b, s.probability, s.reasons, s.since, mine.type, mine.value, mine.head, other.type, other.value, other.head
FROM kept.suggestion AS s
LEFT JOIN identifier AS mine ON mine.token = s.a
LEFT JOIN identifier AS other ON other.token = s.b
WHERE s.open
  AND (%(probability)s::float8 IS NULL OR (-s.probability, s.a, s.b) > (-%(probability)s::float8, %(a)s::uuid, %(b)s::uuid))
ORDER BY -s.probability, s.a, s.b
LIMIT %(limit)s;

-- name: among
-- Open suggestions between any two of these customers.
SELECT mine.head, other.head, s.probability, s.a, s.b
FROM identifier AS mine
JOIN kept.suggestion AS s ON s.a = mine.token AND s.open
JOIN identifier AS other ON other.token = s.b
WHERE mine.head = ANY(%(heads)s::uuid[]) AND other.head = ANY(%(heads)s::uuid[]) AND other.head <> mine.head;

-- name: suggested_for
-- What is suggested for the people whom these identifiers stand for, open or not.
SELECT s.a, s.b, s.open, mine.head, other.head
FROM kept.suggestion AS s
LEFT JOIN identifier AS mine ON mine.token = s.a
LEFT JOIN identifier AS other ON other.token = s.b
WHERE s.a = ANY(%(tokens)s::uuid[]) OR s.b = ANY(%(tokens)s::uuid[]);

-- name: spoken_of
-- Whose suggestions a person's words, and corrections, may open or close: all identifiers of the customers concerned.
SELECT DISTINCT member.token
FROM entry
CROSS JOIN LATERAL unnest(entry.tokens) AS told (token)
JOIN identifier AS mine ON mine.token = told.token
JOIN identifier AS member ON member.head = mine.head OR member.token = mine.token
JOIN kept.suggestion_person AS person ON person.token = member.token
WHERE entry.partition = %(partition)s AND entry.position >= %(first)s AND entry.position < %(stop)s
  AND (starts_with(entry.type, 'identity.') OR entry.type = 'event.corrected');

-- name: set_open
UPDATE kept.suggestion AS s SET open = now.open
FROM unnest(%(a)s::uuid[], %(b)s::uuid[], %(open)s::boolean[]) AS now (a, b, open)
WHERE s.a = now.a AND s.b = now.b;

-- name: decisions
-- People's words on pairs of identifiers of these customers.
SELECT mine.head, other.head, e.a, e.b, e.kind, e.occurred_at, e.sequence, e.source, e.id, e.place
FROM identifier AS mine
JOIN word AS e ON e.a = mine.token
JOIN identifier AS other ON other.token = e.b
WHERE mine.head = ANY(%(heads)s::uuid[]) AND other.head = ANY(%(heads)s::uuid[]);
