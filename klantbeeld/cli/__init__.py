"""The command line. What a command does lives in the part it belongs to; here are its options and its output.

Data goes to stdout, messages to stderr. Exit 0 is well, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C.
"""

from klantbeeld.cli.entry import main

__all__ = ["main"]
