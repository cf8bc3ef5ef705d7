"""Tells the story to an installation: posts its events as their sources would have."""

import json
from collections.abc import Sequence

from klantbeeld.ingest.accept import Ingest
from klantbeeld.ingest.sender import Sender
from services.demo.book import Event

BATCH = 1000
NARRATOR = Sender(name="demo", attests=True, system=True)
"""The story holds what a person decided (links, attributions), so it comes from the system."""


class StoryRefused(Exception):
    """Ingest refused an event of the story: story and contract have drifted apart."""

    code = "story_refused"


def tell(ingest: Ingest, events: Sequence[Event]) -> None:
    """Blocks until all are durable; some the sources send twice. Raises `StoryRefused` and `LogUnavailable`."""
    raws = [json.dumps(event, ensure_ascii=False).encode() for event in events]
    for start in range(0, len(raws), BATCH):
        receipt = ingest.accept(raws[start : start + BATCH], NARRATOR)
        refused = [result for result in receipt.results if result.status == "rejected"]
        if refused:
            raise StoryRefused(f"{len(refused)} events, the first with {refused[0].code}")
