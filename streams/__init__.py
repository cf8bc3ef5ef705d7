"""What runs: the embedded runner and its duties. They drive processors; the rules live in the domain."""
