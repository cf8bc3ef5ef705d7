"""`python -m klantbeeld`: the command line."""

import sys

from klantbeeld.cli import main

if __name__ == "__main__":
    sys.exit(main())
