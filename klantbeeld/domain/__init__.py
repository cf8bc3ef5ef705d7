"""What is true: plain functions over frozen values. No clock, no randomness, no database, only the standard library."""
