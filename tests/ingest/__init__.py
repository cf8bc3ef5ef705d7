"""The write path: normal forms, validation, owners."""
