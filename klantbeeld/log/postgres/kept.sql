-- The schema of all that is kept. Everything here is created once; later versions add numbered migrations.
CREATE SCHEMA kept;

CREATE TABLE kept.secret (
    name text PRIMARY KEY,
    wrapped bytea NOT NULL
);

CREATE TABLE kept.identifier_key (
    token uuid PRIMARY KEY,
    hash bytea UNIQUE,
    wrapped_key bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz
);

CREATE TABLE kept.erasure_epoch (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch bigint NOT NULL
);
INSERT INTO kept.erasure_epoch (epoch) VALUES (0);

CREATE TABLE kept.log_end (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    log_id uuid NOT NULL DEFAULT gen_random_uuid(),
    next_position bigint NOT NULL,
    recorded_at timestamptz NOT NULL
);
INSERT INTO kept.log_end (next_position, recorded_at) VALUES (0, '1970-01-01Z');

CREATE TABLE kept.record (
    position bigint PRIMARY KEY,
    event_key uuid NOT NULL UNIQUE,
    type text NOT NULL,
    channel text,
    direction text,
    occurred_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    owner uuid NOT NULL,
    tokens uuid[] NOT NULL,
    flags smallint NOT NULL,
    digest bytea NOT NULL,
    sealed bytea NOT NULL
);

CREATE TABLE kept.claim (
    entity uuid NOT NULL,
    etag text NOT NULL,
    claimed_by text NOT NULL,
    at timestamptz NOT NULL,
    event_key uuid NOT NULL,
    PRIMARY KEY (entity, etag)
);

CREATE TABLE kept.dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    processor text NOT NULL,
    partition smallint NOT NULL,
    position bigint NOT NULL,
    event_key uuid NOT NULL,
    type text NOT NULL,
    owner uuid NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    attempts integer NOT NULL,
    set_aside_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'retried', 'discarded')),
    settled_at timestamptz,
    UNIQUE (processor, partition, position)
);
CREATE INDEX dead_letter_open ON kept.dead_letter (processor, id) WHERE state = 'open';
CREATE INDEX dead_letter_owner ON kept.dead_letter (owner) WHERE state = 'open';
