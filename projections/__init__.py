"""What can be read: the read models in PostgreSQL, how they are filled from the log, and how they are asked."""
