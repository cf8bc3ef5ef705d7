-- name: conflicts_of
-- By the first of the pair: both or none of a conflict's identifiers are among those of one resolution.
SELECT a, b, kind, strength, reason, occurred_at FROM conflict WHERE a = ANY(%(tokens)s::uuid[]);

-- name: delete_conflicts
DELETE FROM conflict AS gone
USING unnest(%(a)s::uuid[], %(b)s::uuid[]) AS pair (a, b)
WHERE gone.a = pair.a AND gone.b = pair.b;

-- name: copy_conflicts
COPY conflict (a, b, kind, strength, reason, occurred_at) FROM STDIN;
