-- name: conflicts_of
-- By the first of the pair: both or none of a conflict's identifiers are among those of one resolution.
SELECT a, b, kind, strength, reason, occurred_at, head_a, head_b FROM conflict WHERE a = ANY(%(tokens)s::uuid[]);

-- name: delete_conflicts
DELETE FROM conflict AS gone
USING unnest(%(a)s::uuid[], %(b)s::uuid[]) AS pair (a, b)
WHERE gone.a = pair.a AND gone.b = pair.b;

-- name: copy_conflicts
COPY conflict (a, b, kind, strength, reason, occurred_at, head_a, head_b) FROM STDIN;

-- name: heads_with_conflicts
SELECT head_a FROM conflict WHERE head_a = ANY(%(heads)s::uuid[])
UNION
SELECT head_b FROM conflict WHERE head_b = ANY(%(heads)s::uuid[]);
