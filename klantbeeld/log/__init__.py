"""The event log: sealed records, keys and tokens, and the ports behind which PostgreSQL (or memory) keeps them."""
