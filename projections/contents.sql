-- All that the content digest is made of, in three streams. `whose` is the identifier that stands for the customer, or
-- the owner itself where that belongs to nobody; every stream is in its order, so that they can be read side by side.

-- name: identifiers
SELECT coalesce(head, token) AS whose, head IS NOT NULL AS somebody, type, value FROM identifier ORDER BY whose;

-- name: entries
SELECT coalesce(i.head, e.owner) AS whose, e.source, e.id, e.type, e.occurred_at, e.sequence, e.data
FROM entry e LEFT JOIN identifier i ON i.token = e.owner
ORDER BY whose;

-- name: entities
-- Beside the state the names of the two identifiers that a state may speak of: its owner, and whom it was attributed to.
SELECT coalesce(i.head, e.owner) AS whose, e.kind, e.external_id, e.visible, e.state, i.token, i.type, i.value,
       other.token, other.type, other.value
FROM entity e
LEFT JOIN identifier i ON i.token = e.owner
LEFT JOIN identifier other
       ON e.kind = 'interaction' AND other.token = (e.state::json ->> 'attributed_to')::uuid
ORDER BY whose;
