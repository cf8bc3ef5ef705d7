-- What search by PostgreSQL reads, in the schema of the read models that it is a cache of.
CREATE TABLE search_document (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    owner uuid NOT NULL,
    entity_id text NOT NULL,
    occurred_at timestamptz NOT NULL,
    version bigint NOT NULL,
    channel text,
    title text NOT NULL,
    body text NOT NULL,
    names text NOT NULL,
    words tsvector NOT NULL
);

-- Versions of documents: ever higher, whichever worker writes.
CREATE SEQUENCE search_version;

-- The index of these read models, where search is done outside PostgreSQL.
CREATE TABLE search_generation (
    sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
    index_name text NOT NULL
);
