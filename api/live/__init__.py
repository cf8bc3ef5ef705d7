"""Telling desks what changes, as it changes: ids only, over server-sent events."""
