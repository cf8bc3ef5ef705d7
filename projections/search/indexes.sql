CREATE INDEX search_words ON search_document USING gin (words);
CREATE INDEX search_names ON search_document USING gin (names public.gin_trgm_ops) WHERE names <> '';
CREATE INDEX search_newest ON search_document (occurred_at, id);
