-- name: among_others
-- One statement for all, in sorted order. Names come after the gate, so that whoever is alone need not take any.
WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%(gate)s::bigint)::text AS passed)
SELECT count(held.*) FROM gate, LATERAL (
    SELECT pg_advisory_xact_lock(name) FROM unnest(%(names)s::bigint[]) AS name WHERE gate.passed = ''
) AS held;

-- name: alone
SELECT pg_advisory_xact_lock(%(gate)s::bigint);

-- name: voided_by_all
-- A statement of its own: it must see what was committed while the locks were waited for.
SELECT coalesce(sum(voided), 0) FROM checkpoint WHERE processor = 'timeline';
