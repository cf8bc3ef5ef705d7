-- name: columns
-- Every column of every table of a schema, with its place in the primary key (0: none).
SELECT c.relname, a.attname, t.typname, coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r'
ORDER BY c.relname, a.attnum;

-- name: keyed_rows
SELECT {columns}, 1 AS copy FROM {table};

-- name: rows
-- Without a primary key there may be several rows of one key.
SELECT {columns}, row_number() OVER (PARTITION BY {keys} ORDER BY {columns}) AS copy FROM {table};

-- name: differing
-- `here`, `there`: whether there is such a row in the first and in the second.
SELECT count(*) OVER (), l.copy IS NOT NULL AS here, r.copy IS NOT NULL AS there, {shown}
FROM ({live}) AS l FULL JOIN ({fresh}) AS r ON {same_key}
WHERE (l.copy, {ours}) IS DISTINCT FROM (r.copy, {theirs})
ORDER BY {shown}
LIMIT {most};
