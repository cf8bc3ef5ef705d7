"""Identity as a pure function: examples, attacks, properties, and an oracle."""
