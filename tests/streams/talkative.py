"""A child in which a library writes to the terminal, and that may not go on."""

import sys

from streams.ending import HALT

sys.stdout.write("\x1b[?25h")
sys.stdout.flush()
sys.exit(HALT)
