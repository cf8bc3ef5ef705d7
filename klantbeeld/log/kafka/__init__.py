"""The event log as a Kafka topic, and the spool in PostgreSQL that takes its place while the broker is away."""
