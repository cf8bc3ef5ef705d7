-- Suggestions of likely-same customers: a cache of the read models, computed anew at will. Values stand here as keyed hashes
-- only, and all that tells of an identifier can be deleted by its token.
CREATE TABLE kept.suggestion_person (
    token uuid PRIMARY KEY,
    fingerprint bytea NOT NULL,
    keys bigint[] NOT NULL,
    terms bigint[] NOT NULL
);

CREATE TABLE kept.suggestion_key (
    key bigint NOT NULL,
    token uuid NOT NULL,
    PRIMARY KEY (key, token)
);

CREATE TABLE kept.suggestion_term (
    term bigint PRIMARY KEY,
    people bigint NOT NULL
);

-- Who has to be described anew, and who has to be compared with others anew.
CREATE TABLE kept.suggestion_due (
    token uuid PRIMARY KEY,
    describe boolean NOT NULL,
    compare boolean NOT NULL
);
CREATE INDEX suggestion_due_describe ON kept.suggestion_due (describe, token);

CREATE TABLE kept.suggestion (
    a uuid NOT NULL,
    b uuid NOT NULL CHECK (a < b),
    probability double precision NOT NULL,
    reasons text[] NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (a, b)
);
CREATE INDEX suggestion_b ON kept.suggestion (b);
CREATE INDEX suggestion_likeliest ON kept.suggestion ((-probability), a, b);

CREATE TABLE kept.suggestion_position (
    partition smallint PRIMARY KEY,
    log_id uuid NOT NULL,
    next_position bigint NOT NULL
);

-- What the suggestions were weighed by, and how far the round over everybody has come.
CREATE TABLE kept.suggestion_weights (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    people bigint NOT NULL DEFAULT 0,
    weights text,
    swept uuid,
    round_at timestamptz,
    round_positions bigint NOT NULL DEFAULT -1
);
