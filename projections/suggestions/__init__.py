"""Likely-same customers: suggested with reasons to a person who decides, never joined by themselves."""
