-- How far the records of one log were carried over to another. It is noted where the other log is processed, and, once
-- all are over, also where they came from.
CREATE TABLE kept.move (
    log_id uuid PRIMARY KEY,
    to_log_id uuid NOT NULL,
    next_position bigint NOT NULL DEFAULT 0,
    content_digest text,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz
);
