"""The benchmark: one run, ratios inside it. Not collected as tests; `make bench` runs it."""
