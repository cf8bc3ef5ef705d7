"""`make faults`: the system on its real parts, disturbed on purpose, and judged by what was accepted before it was."""
