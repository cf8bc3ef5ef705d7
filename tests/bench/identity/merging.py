"""Two customers with long histories made one by a person's word and two again, beside two with a handful of entries.

The clock runs from the first byte of the command until a read that waits for it is answered. Heavy and light take turns,
so that whatever the machine does meets both.
"""

import json
import time
from typing import Any

from tests.bench.installation import Installation
from tests.bench.latency import percentiles, timed
from tests.bench.reading import timeline
from tests.bench.traffic import poured
from tests.bench.wire import Wire
from tests.bench.workload import HeavyCustomer

TIMES = 20
PAGES = 100
HANDFUL = 20
WORDS = {"merge": "links", "unmerge": "unlinks"}
Couple = tuple[HeavyCustomer, HeavyCustomer]


def measured(system: Installation, entries: int) -> dict[str, Any]:
    couples: dict[str, Couple] = {
        "light": (HeavyCustomer("la"), HeavyCustomer("lb")),
        "heavy": (HeavyCustomer("ha"), HeavyCustomer("hb")),
    }
    for name, couple in couples.items():
        for one in couple:
            poured(system, one, entries if name == "heavy" else HANDFUL)
    seconds: dict[str, list[float]] = {}
    with system.wire("lead") as wire:
        for _ in range(TIMES):
            for word in WORDS:
                for name, couple in couples.items():
                    preview = timed(lambda: _asked(wire, word, couple, preview=True))  # noqa: B023
                    seconds.setdefault(f"preview_{word}_{name}", []).append(preview)
                    seconds.setdefault(f"{word}_{name}", []).append(_said(wire, word, couple))
                    seconds.setdefault(f"page_{word}_{name}", []).extend(_pages(wire, couple))
    of = {name: percentiles(found) for name, found in seconds.items()}
    ratios = {
        f"{what}_heavy_to_light": round(of[f"{what}_heavy"]["p50_ms"] / of[f"{what}_light"]["p50_ms"], 3)
        for word in WORDS
        for what in (word, f"page_{word}", f"preview_{word}")
    }
    return {"entries": entries, **of, **ratios}


def _said(wire: Wire, word: str, couple: Couple) -> float:
    """Seconds from the word to the first read that knows it; who is one now must be one."""
    began = time.perf_counter()
    position = _asked(wire, word, couple, preview=False)["position"]
    wire.until_visible(couple[0].mail(0), position)
    took = time.perf_counter() - began
    one, other = (wire.customer(each.mail(0)) for each in couple)
    if (one == other) != (word == "merge"):
        raise RuntimeError("the word had no effect")
    return took


def _asked(wire: Wire, word: str, couple: Couple, *, preview: bool) -> Any:
    pair = [dict(zip(("type", "value"), one.mail(0), strict=True)) for one in couple]
    body = {"identifiers": pair, "reason": "bench", "preview": preview}
    status, text = wire.post(f"/v1/identity/{WORDS[word]}", "application/json", json.dumps(body).encode())
    if status != (200 if preview else 201):
        raise RuntimeError(f"{status} {text[:300]!r}")
    return json.loads(text)


def _pages(wire: Wire, couple: Couple) -> list[float]:
    customer = wire.customer(couple[0].mail(0))
    return [timed(lambda: timeline(wire, customer)) for _ in range(PAGES // TIMES)]
