-- name: tables
-- What the schema `kept` holds, the oldest table first, with the columns of each.
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE n.nspname = 'kept' AND c.relkind = 'r'
GROUP BY c.oid, c.relname
ORDER BY c.oid;

-- name: index_key
SELECT wrapped FROM kept.secret WHERE name = 'index_key';

-- name: is_empty
-- Whether nothing was ever done in this installation.
SELECT NOT EXISTS (SELECT FROM kept.identifier_key) AND NOT EXISTS (SELECT FROM kept.record)
   AND NOT EXISTS (SELECT FROM kept.spool) AND NOT EXISTS (SELECT FROM kept.claim);

-- name: forget_secrets
DELETE FROM kept.secret;

-- name: raise_epoch
UPDATE kept.erasure_epoch SET epoch = greatest(epoch, %(epoch)s);

-- name: epoch
SELECT epoch FROM kept.erasure_epoch;

-- name: identities
SELECT attname FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attidentity <> '' AND NOT attisdropped;

-- name: known_tokens
SELECT count(*) FROM kept.identifier_key;
