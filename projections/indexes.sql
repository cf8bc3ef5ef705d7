-- The indexes of the read models; a rebuild makes them after the bulk of the rows is in.
ALTER TABLE entry ADD PRIMARY KEY (event_key);
CREATE INDEX entry_owner ON entry (owner, occurred_at, sequence);
CREATE UNIQUE INDEX entry_position ON entry (partition, position);
CREATE INDEX entry_interaction ON entry (interaction_id) WHERE interaction_id IS NOT NULL;
CREATE INDEX entry_conversation ON entry (conversation_id, occurred_at) WHERE conversation_id IS NOT NULL;
CREATE INDEX entry_order ON entry (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX entry_agreement ON entry (agreement_id) WHERE agreement_id IS NOT NULL;
CREATE INDEX entry_follow_up ON entry (follow_up_id) WHERE follow_up_id IS NOT NULL;
ALTER TABLE entity ADD PRIMARY KEY (id);
CREATE INDEX entity_recent ON entity (owner, kind, sort_at DESC) WHERE visible;
CREATE INDEX entity_open ON entity (owner, kind, closes_at) WHERE visible AND closes_at > '1900-01-01T00:00:00Z';
CREATE INDEX follow_up_queue ON entity ((coalesce(due_at, '9999-01-01T00:00:00Z')), priority, id)
WHERE kind = 'follow_up' AND visible;
CREATE INDEX entry_moved ON entry (first_owner) WHERE first_owner <> owner;
CREATE INDEX touched_position ON touched (partition, position);
ALTER TABLE parcel ADD PRIMARY KEY (id);
ALTER TABLE correction ADD PRIMARY KEY (target);
ALTER TABLE identifier ADD PRIMARY KEY (token);
CREATE UNIQUE INDEX identifier_customer ON identifier (customer_id);
CREATE INDEX identifier_head ON identifier (head);
CREATE INDEX evidence_a ON evidence (a, b);
CREATE INDEX evidence_b ON evidence (b) WHERE a <> b;
