"""The API on a whole running system: PostgreSQL, the event log, the processors."""
