"""The questions that the API asks, answered from the read models as plain data ready for JSON."""
