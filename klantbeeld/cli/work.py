"""`klantbeeld work`: one worker on the Kafka log, kept running."""

import argparse
import logging
from contextlib import suppress
from typing import Final

from klantbeeld.cli.output import say
from klantbeeld.cli.serve import HOST, port

WORKERS: Final = {
    "timeline": "fills the read models from the log",
    "search": "follows the timeline and fills the search index",
    "duties": "publishes what was spooled, announces dead letters, keeps suggestions up to date",
}


def configure(parser: argparse.ArgumentParser) -> None:
    told = "; ".join(f"{name}: {does}" for name, does in WORKERS.items())
    parser.add_argument("worker", choices=WORKERS, help=told)
    parser.add_argument("--metrics-host", default=HOST, help=f"where /metrics answers (absent: {HOST})")
    parser.add_argument(
        "--metrics-port", type=port, default=0, help="absent or 0: any free port; the log tells"
    )


def run(arguments: argparse.Namespace) -> int:
    import psycopg

    from klantbeeld.cli import logs
    from klantbeeld.settings import load
    from klantbeeld.unmoved import refuse_of_demo, refuse_unmoved
    from streams.supervision import Supervisor, stopped_by_signals

    logs.configure(logging.INFO)
    settings = load()
    if settings.kafka_bootstrap is None:
        say(
            "error needs_kafka: set KLANTBEELD_KAFKA_BOOTSTRAP; without it `klantbeeld serve` runs all processors"
        )
        return 2
    with suppress(psycopg.OperationalError):  # a worker waits for its database
        refuse_of_demo(settings)
        refuse_unmoved(settings)
    order = {
        "settings": settings,
        "processor": arguments.worker,
        "metrics": (arguments.metrics_host, arguments.metrics_port),
    }
    supervisor = Supervisor(arguments.worker, "klantbeeld.cli.worker", order)
    with stopped_by_signals(supervisor):
        return int(not supervisor.run())
