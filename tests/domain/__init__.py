"""What is true, tested without any engine."""
