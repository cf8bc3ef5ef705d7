"""A Faust agent that takes the records of a topic and does nothing with them: what Faust alone costs.

`python -m tests.bench.distributed.bare_agent BOOTSTRAP TOPIC RECORDS` prints the seconds from the first batch to the last
as JSON. It runs on the settings of the timeline worker, so that both read alike.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import faust

from streams.ending import Ending
from streams.faust_app import worker_app


class Counting:
    """Takes part of nothing: every partition begins at 0."""

    def __init__(self, records: int) -> None:
        self._left, self._records = records, records
        self._began = self._cpu = 0.0

    def positions(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return dict.fromkeys(partitions, 0)

    def take(self, partition: int, messages: Sequence[Any]) -> None:
        if not self._began:
            self._began, self._cpu = time.perf_counter(), time.process_time()
        self._left -= len(messages)
        if self._left <= 0:
            raise Ending("done")

    def told(self) -> dict[str, float]:
        return {
            "records": self._records,
            "seconds": round(time.perf_counter() - self._began, 3),
            "cpu_s": round(time.process_time() - self._cpu, 3),
        }


def main(bootstrap: str, topic: str, records: int) -> None:
    work = Counting(records)

    def end(_: Ending) -> None:
        print(json.dumps(work.told()), flush=True)
        os._exit(0)

    app = worker_app(f"bare-{os.getpid()}", bootstrap, topic, work, end)
    faust.Worker(app, quiet=True, override_logging=False, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
