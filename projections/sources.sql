-- name: note_sources
INSERT INTO source AS known (source, partition, first_at, last_at)
SELECT * FROM unnest(%(sources)s::text[], %(partitions)s::smallint[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
ON CONFLICT (source, partition) DO UPDATE
SET first_at = least(known.first_at, excluded.first_at), last_at = greatest(known.last_at, excluded.last_at);

-- name: note_hours
INSERT INTO source_hour AS known (source, partition, hour, events)
SELECT * FROM unnest(%(sources)s::text[], %(partitions)s::smallint[], %(hours)s::smallint[], %(counts)s::bigint[])
ON CONFLICT (source, partition, hour) DO UPDATE SET events = known.events + excluded.events;

-- name: sources
SELECT source, min(first_at), max(last_at) FROM source GROUP BY source;

-- name: hours_of
SELECT hour, sum(events)::bigint FROM source_hour WHERE source = %(source)s GROUP BY hour;
