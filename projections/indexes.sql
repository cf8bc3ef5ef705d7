-- The indexes that only readers need; a rebuild makes them after the bulk of the rows is in.
CREATE UNIQUE INDEX entry_position ON entry (partition, position);
CREATE INDEX entity_recent ON entity (owner, kind, sort_at DESC) WHERE visible;
CREATE INDEX entity_open ON entity (owner, kind, closes_at) WHERE visible AND closes_at > '1900-01-01T00:00:00Z';
CREATE INDEX follow_up_queue ON entity ((coalesce(due_at, '9999-01-01T00:00:00Z')), priority, id)
WHERE kind = 'follow_up' AND visible;
CREATE INDEX entry_moved ON entry (first_owner) WHERE first_owner <> owner;
CREATE INDEX touched_position ON touched (partition, position);
CREATE UNIQUE INDEX identifier_customer ON identifier (customer_id);
CREATE INDEX original_customers ON original USING gin (customer_ids);
CREATE INDEX identifier_head ON identifier (head);
CREATE INDEX conflict_undecided ON conflict (occurred_at, a, b) WHERE reason <> 'cannot_link' OR kind = 'link';
CREATE INDEX identity_review ON entity (sort_at, id)
WHERE kind = 'follow_up' AND label = 'identity_review' AND visible AND closes_at > '1900-01-01T00:00:00Z';
CREATE INDEX entry_described ON entry (owner, occurred_at) WHERE type = 'customer.described';
