"""What search promises, and how it follows the timeline."""
