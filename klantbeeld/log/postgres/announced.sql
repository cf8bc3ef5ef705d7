-- Dead letters are announced to whoever wants to be told, where the log can do that.
ALTER TABLE kept.dead_letter ADD COLUMN announced_at timestamptz;
CREATE INDEX dead_letter_not_announced ON kept.dead_letter (id) WHERE announced_at IS NULL AND state = 'open';
