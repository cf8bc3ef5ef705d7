"""The worker process: one processor as a Faust app, until it is told to stop or may not go on."""

import logging
import os
import pickle
import signal
import sys
import threading
import time
from io import BufferedReader
from typing import Any, Final, NoReturn

import faust

from klantbeeld.bootstrap import System, opened
from klantbeeld.log.kafka.topics import TopicRefused
from klantbeeld.log.kafka.wire import Unreadable, record_from
from klantbeeld.log.port import LogUnavailable
from klantbeeld.log.postgres.keys import KeyStoreRefused
from klantbeeld.log.record import Record
from klantbeeld.settings import SettingsError
from klantbeeld.unmoved import DatabaseOfDemo, LogNotMoved
from projections.schema import OtherVersion
from streams.duties import Duties
from streams.ending import HALT, RESTART, Ending
from streams.faust_app import worker_app
from streams.measures import Measures
from streams.partitions import Partitions
from streams.suggesting import suggesting

DUTIES: Final = "duties"
STOPPING_TAKES_AT_MOST: Final = 8.0
WATCHED_EVERY: Final = 5.0
NEEDS_SOMEBODY: Final = (
    LogNotMoved,
    DatabaseOfDemo,
    KeyStoreRefused,
    TopicRefused,
    SettingsError,
    OtherVersion,
)
"""What a new process would meet again."""

log = logging.getLogger(__name__)
logging.getLogger("streams.faust_app").setLevel(logging.WARNING)
"""Faust tells under this name of every part that it starts."""


def main(given: BufferedReader) -> int:
    """Run on the order that the supervisor sent, until its pipe closes. Answers the exit status."""
    order = pickle.load(given)  # noqa: S301  (from the parent, over a pipe that nobody else holds)
    threading.Thread(target=_until_orphaned, args=(given,), name="orphaned", daemon=True).start()
    if order.get("quiet"):
        logging.disable(logging.INFO)
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells as errors what it tries again
    try:
        with opened(order["settings"], pool=4) as system:
            name, metrics = order["processor"], order["metrics"]
            return _duties(system) if name == DUTIES else _run(system, name, metrics)
    except LogUnavailable as error:
        log.warning("worker_waits", extra={"processor": order["processor"], "cause": str(error)})
        return RESTART
    except NEEDS_SOMEBODY as error:
        log.critical(error.code, extra={"processor": order["processor"], "cause": str(error)})
        return HALT


def _duties(system: System) -> int:
    duties = Duties(system)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: duties.stop())
    with suggesting(system):
        duties.run()
    return 0


def _run(system: System, name: str, metrics: tuple[str, int]) -> int:
    measures = Measures()
    host, port = metrics
    log.info("metrics", extra={"processor": name, "host": host, "port": measures.serve(host, port)})
    work = Partitions(system, system.processor(name), _record, measures)
    settings = system.settings
    group, topic = f"{settings.topic_prefix}{name}", f"{settings.topic_prefix}events"
    app = worker_app(group, settings.kafka_bootstrap or "", topic, work, lambda ending: _end(name, ending))

    @app.on_before_shutdown.connect
    def stopping(*_: Any, **__: Any) -> None:
        work.stop()
        _deadline()

    threading.Thread(target=_watch, args=(name, work), name="watchdog", daemon=True).start()
    worker = faust.Worker(
        app, quiet=True, override_logging=False, redirect_stdouts=False, blocking_timeout=0.0
    )
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0


def _record(message: Any) -> Record:
    """What is no record of ours keeps its place, so that the processor can set it aside."""
    try:
        return record_from(message.partition, message.offset, message.key, message.value, message.headers)
    except Unreadable as foreign:
        return foreign.stand_in


def _end(name: str, ending: Ending) -> NoReturn:
    """End at once: what is in hand is rolled back, and taken again from the position."""
    log.critical(ending.code, extra={"processor": name, "cause": ending.cause, "halts": ending.halts})
    sys.stderr.flush()
    os._exit(ending.status)


def _watch(name: str, work: Partitions) -> None:
    while True:
        time.sleep(WATCHED_EVERY)
        try:
            if work.stalled():
                _end(name, Ending("worker_stalled"))
        except Ending as ending:
            _end(name, ending)
        except Exception as error:
            _end(name, Ending("watchdog_failed", type(error).__name__))


def _deadline() -> None:
    """Whatever hangs: the process is gone in time."""
    timer = threading.Timer(STOPPING_TAKES_AT_MOST, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _until_orphaned(given: BufferedReader) -> None:
    """The supervisor's pipe closes when it wants an end, and when it is gone."""
    while given.read1(4096):
        pass
    _deadline()
    signal.raise_signal(signal.SIGTERM)
