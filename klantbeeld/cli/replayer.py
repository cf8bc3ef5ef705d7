"""The child process that takes a share of a replay; not a command for people."""

import gc
import logging
import os
import signal
import sys
from io import BufferedReader
from typing import cast

from klantbeeld.cli import logs
from streams.replayers import main


def run() -> None:
    logs.configure(logging.WARNING)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    status = 1
    try:
        main(cast(BufferedReader, sys.stdin.buffer), sys.stdout.buffer)
        status = 0
    except Exception as error:
        logging.getLogger(__name__).critical("share_failed", exc_info=error)
    finally:
        sys.stderr.flush()
        os._exit(status)  # a thread still reads the input


if __name__ == "__main__":
    run()
