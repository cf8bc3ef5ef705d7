"""The child process that `serve`, `demo` and `import` run the processors in; not a command for people."""

import gc
import logging
import signal
import sys
from io import BufferedReader
from typing import cast

from klantbeeld.cli import logs
from streams.beside import main


def run() -> None:
    logs.configure(logging.INFO)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    main(cast(BufferedReader, sys.stdin.buffer), sys.stdout.buffer)


if __name__ == "__main__":
    run()
