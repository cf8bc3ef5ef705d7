"""What can be read: one module a read model, with its fold and its SQL. Nothing here writes to the log."""
