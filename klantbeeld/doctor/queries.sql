-- name: server
SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('server_encoding'),
       current_setting('max_connections')::int, current_setting('max_locks_per_transaction')::int,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
       current_setting('fsync'), has_database_privilege(current_database(), 'CREATE'), pg_is_in_recovery();

-- name: clock
SELECT clock_timestamp();

-- name: extensions
SELECT name, installed_version IS NOT NULL FROM pg_available_extensions WHERE name = ANY(%(names)s);

-- name: knows_zone
SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = %(zone)s);

-- name: there
SELECT to_regclass('public.klantbeeld_migration') IS NOT NULL, to_regclass('kept.secret') IS NOT NULL,
       to_regclass('read.checkpoint') IS NOT NULL;

-- name: migrations
SELECT coalesce(max(number) + 1, 0) FROM public.klantbeeld_migration;

-- name: index_key
SELECT wrapped FROM kept.secret WHERE name = 'index_key';

-- name: checkpoints
SELECT processor, partition, next_position, log_id::text FROM read.checkpoint ORDER BY processor, partition;

-- name: log_end
SELECT log_id::text, next_position FROM kept.log_end;

-- name: accepted_at
SELECT recorded_at FROM kept.record WHERE position = %(position)s;

-- name: letters
SELECT count(*), count(*) FILTER (WHERE set_aside_at > clock_timestamp() - interval '1 hour')
FROM kept.dead_letter WHERE state = 'open';

-- name: spool
SELECT count(*), coalesce(sum(octet_length(sealed)), 0)::bigint, min(recorded_at) FROM kept.spool;

-- name: documents
-- How many documents of search may be expected, and at least: what is hidden or empty has none.
SELECT (SELECT count(*) FROM read.entity WHERE kind IN ('conversation', 'order') AND visible),
       (SELECT count(*) FROM read.identifier);

-- name: generation
SELECT index_name FROM read.search_generation;
