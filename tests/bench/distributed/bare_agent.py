"""A Faust agent that takes the records of a topic and does nothing with them: what Faust alone costs.

`python -m tests.bench.distributed.bare_agent BOOTSTRAP TOPIC RECORDS` prints the seconds from the first batch to the last
as JSON. It is Faust as it comes, with as few settings as that takes, and raw bytes as the timeline worker has them.
"""

import json
import os
import sys
import time
from typing import Any

import faust

BATCH = 4000
WITHIN = 0.05


def main(bootstrap: str, topic: str, records: int) -> None:
    app = faust.App(
        f"bare-{os.getpid()}",
        broker=f"kafka://{bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        broker_max_poll_records=BATCH,
        stream_wait_empty=False,
        stream_buffer_maxsize=2 * BATCH,
    )
    channel = app.topic(topic, key_serializer="raw", value_serializer="raw", key_type=bytes, value_type=bytes)

    @app.agent(channel)
    async def take(stream: Any) -> None:
        left, began, cpu = records, 0.0, 0.0
        async for taken in stream.take(BATCH, within=WITHIN):
            if not began:
                began, cpu = time.perf_counter(), time.process_time()
            left -= len(taken)
            if left <= 0:
                told = {
                    "records": records,
                    "seconds": round(time.perf_counter() - began, 3),
                    "cpu_s": round(time.process_time() - cpu, 3),
                }
                print(json.dumps(told), flush=True)
                os._exit(0)

    faust.Worker(app, quiet=True, override_logging=False, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
