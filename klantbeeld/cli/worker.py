"""The child process that `klantbeeld work` keeps running; not a command for people."""

import gc
import logging
import os
import sys
from io import BufferedReader
from typing import Final, cast

from klantbeeld.cli import logs
from streams.ending import RESTART
from streams.worker import main

SWITCH_INTERVAL: Final = 0.0005
"""Seconds that Faust's loop may keep the interpreter while the processor waits for it: after each answer of PostgreSQL it
does, so Python's 5 ms would be most of a batch."""


def run() -> None:
    logs.configure(logging.INFO)
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    sys.setswitchinterval(SWITCH_INTERVAL)
    status = RESTART
    try:
        status = main(cast(BufferedReader, sys.stdin.buffer))
    except Exception as error:
        logging.getLogger(__name__).critical("worker_failed", exc_info=error)
    finally:
        sys.stderr.flush()
        os._exit(status)  # no thread of a library may hold up the end


if __name__ == "__main__":
    run()
