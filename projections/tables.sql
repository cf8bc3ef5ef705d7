-- The read models of one schema (`read`, or `read_next` while a rebuild fills it). Thrown away and computed anew at will.
CREATE TABLE checkpoint (
    processor text NOT NULL,
    partition smallint NOT NULL,
    next_position bigint NOT NULL DEFAULT 0,
    log_id uuid NOT NULL,
    recorded_at timestamptz,
    stored bigint NOT NULL DEFAULT 0,
    late_duplicates bigint NOT NULL DEFAULT 0,
    dead bigint NOT NULL DEFAULT 0,
    shredded bigint NOT NULL DEFAULT 0,
    voided bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (processor, partition)
);

CREATE TABLE entry (
    event_key uuid NOT NULL,
    partition smallint NOT NULL,
    position bigint NOT NULL,
    type text NOT NULL,
    version smallint NOT NULL,
    occurred_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL,
    owner uuid NOT NULL,
    first_owner uuid NOT NULL,
    tokens uuid[] NOT NULL,
    strengths smallint[] NOT NULL,
    pointed uuid,
    channel text,
    direction text,
    agent_id text,
    interaction_id uuid,
    conversation_id uuid,
    order_id uuid,
    agreement_id uuid,
    follow_up_id uuid,
    history boolean NOT NULL,
    zone text NOT NULL,
    data text NOT NULL,
    digest bytea
);

CREATE TABLE entity (
    id uuid NOT NULL,
    kind text NOT NULL,
    external_id text NOT NULL,
    owner uuid NOT NULL,
    founded boolean NOT NULL,
    visible boolean NOT NULL,
    sort_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    due_at timestamptz,
    priority smallint,
    team text,
    assignee text,
    label text,
    hidden_until timestamptz,
    about uuid,
    last_at timestamptz NOT NULL,
    last_sequence bigint NOT NULL,
    last_source text COLLATE "C" NOT NULL,
    last_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL
);

CREATE TABLE touched (
    partition smallint NOT NULL,
    position bigint NOT NULL,
    id uuid NOT NULL
);

-- Every event that names both a parcel and its order; the first in fold order decides.
CREATE TABLE parcel (
    id uuid NOT NULL,
    order_external_id text NOT NULL,
    occurred_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL
);

-- The correction that decides of each corrected event, stored or not.
CREATE TABLE correction (
    target uuid NOT NULL,
    event_key uuid NOT NULL
);

-- What a stored event said before anybody corrected it: a later correction starts from this. `customer_ids`: what customers
-- could be called by its identifiers.
CREATE TABLE original (
    event_key uuid NOT NULL,
    owner uuid NOT NULL,
    tokens uuid[] NOT NULL,
    customer_ids uuid[] NOT NULL,
    strengths smallint[] NOT NULL,
    types text[] NOT NULL,
    values text[] NOT NULL,
    data text NOT NULL
);

-- `sharing`: 0 nothing is wrong, 1 contested, 2 claimed by too many, 3 proven to be too many people's.
CREATE TABLE identifier (
    token uuid NOT NULL,
    type text NOT NULL,
    value text NOT NULL,
    customer_id uuid NOT NULL,
    head uuid,
    sharing smallint NOT NULL,
    shared boolean NOT NULL GENERATED ALWAYS AS (sharing >= 2) STORED,
    junk boolean NOT NULL
);

-- `taken_source`, `taken_id`: of a withdrawal, the event whose word on the pair counts no more; else empty.
CREATE TABLE evidence (
    a uuid NOT NULL,
    b uuid NOT NULL,
    kind text NOT NULL,
    strength smallint NOT NULL,
    occurred_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    taken_source text COLLATE "C" NOT NULL,
    taken_id text COLLATE "C" NOT NULL,
    place integer NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- People's words that nobody took back.
CREATE VIEW word AS
SELECT a, b, kind, occurred_at, sequence, source, id, place
FROM evidence AS said
WHERE kind IN ('link', 'unlink') AND NOT EXISTS (
    SELECT FROM evidence AS back
    WHERE back.kind = 'withdrawal' AND back.a = said.a AND back.b = said.b
      AND back.taken_source = said.source AND back.taken_id = said.id
);

-- Refused edges, one row a pair: what is left to be decided by a person, and what a person decided against.
CREATE TABLE conflict (
    a uuid NOT NULL,
    b uuid NOT NULL,
    kind text NOT NULL,
    strength smallint NOT NULL,
    reason text NOT NULL,
    occurred_at timestamptz NOT NULL,
    head_a uuid NOT NULL,
    head_b uuid NOT NULL
);

-- Rules as events put them in force; of each kind the last in fold order holds. `document` is JSON, as it came.
CREATE TABLE rules (
    event_key uuid NOT NULL,
    kind text NOT NULL,
    version text NOT NULL,
    occurred_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL,
    document text NOT NULL
);

-- When each source speaks: accepted events by hour of the week (UTC, from Monday), without imported history.
CREATE TABLE source (
    source text COLLATE "C" NOT NULL,
    partition smallint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL
);

CREATE TABLE source_hour (
    source text COLLATE "C" NOT NULL,
    partition smallint NOT NULL,
    hour smallint NOT NULL,
    events bigint NOT NULL
);

-- What the processors look things up by while they fill the tables.
ALTER TABLE source ADD PRIMARY KEY (source, partition);
ALTER TABLE source_hour ADD PRIMARY KEY (source, partition, hour);
ALTER TABLE entry ADD PRIMARY KEY (event_key);
CREATE INDEX entry_owner ON entry (owner, occurred_at, sequence);
CREATE INDEX entry_interaction ON entry (interaction_id) WHERE interaction_id IS NOT NULL;
CREATE INDEX entry_conversation ON entry (conversation_id, occurred_at) WHERE conversation_id IS NOT NULL;
CREATE INDEX entry_order ON entry (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX entry_agreement ON entry (agreement_id) WHERE agreement_id IS NOT NULL;
CREATE INDEX entry_follow_up ON entry (follow_up_id) WHERE follow_up_id IS NOT NULL;
ALTER TABLE entity ADD PRIMARY KEY (id);
ALTER TABLE parcel ADD PRIMARY KEY (id, occurred_at, sequence, source, event_id);
ALTER TABLE correction ADD PRIMARY KEY (target);
ALTER TABLE original ADD PRIMARY KEY (event_key);
ALTER TABLE identifier ADD PRIMARY KEY (token);
ALTER TABLE rules ADD PRIMARY KEY (event_key);
ALTER TABLE conflict ADD PRIMARY KEY (a, b);
CREATE INDEX conflict_head_a ON conflict (head_a);
CREATE INDEX conflict_head_b ON conflict (head_b);
CREATE INDEX evidence_a ON evidence (a, b);
CREATE INDEX evidence_b ON evidence (b) WHERE a <> b;
