-- Whether a suggestion was still to be decided when it was last looked at: readers pass over the others without reading them.
ALTER TABLE kept.suggestion ADD COLUMN open boolean NOT NULL DEFAULT true;
DROP INDEX kept.suggestion_likeliest;
CREATE INDEX suggestion_likeliest ON kept.suggestion ((-probability), a, b) WHERE open;
