"""A worker that processes nothing but says which partitions it is given: `late.py BOOTSTRAP TOPIC`."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import faust
from faust.types import TP

from streams.ending import Ending
from streams.faust_app import worker_app


class Idle:
    def positions(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return dict.fromkeys(partitions, 0)

    def prepare(self, messages: Sequence[Any]) -> Sequence[Any]:
        return messages

    def take(self, partition: int, records: Sequence[Any]) -> None:
        pass


def _end(ending: Ending) -> None:
    sys.exit(ending.code)


def main(bootstrap: str, topic: str) -> None:
    app = worker_app(topic, bootstrap, topic, Idle(), _end)

    @app.on_partitions_assigned.connect
    async def given(_: Any, partitions: set[TP], **__: Any) -> None:
        print("given", *sorted(one.partition for one in partitions), flush=True)

    faust.Worker(
        app, quiet=True, override_logging=False, redirect_stdouts=False, blocking_timeout=0.0
    ).execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
