-- name: note_touched
INSERT INTO touched (partition, position, id)
SELECT %(partition)s, %(position)s, id FROM unnest(%(ids)s::uuid[]) AS id;

-- name: take_touched
DELETE FROM touched
WHERE partition = %(partition)s AND position BETWEEN %(first)s AND %(last)s
RETURNING id;
