"""The table: what was measured beside what was to be reached."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """`reached` is None where nothing was asked for."""

    what: str
    value: str
    target: str = ""
    reached: bool | None = None

    @property
    def verdict(self) -> str:
        return "" if self.reached is None else "yes" if self.reached else "NO"


def table(results: Results) -> str:
    """Markdown."""
    lines = [line for part, made in PARTS.items() if part in results for line in made(results[part])]
    rows = [f"| {line.what} | {line.value} | {line.target} | {line.verdict} |" for line in lines]
    return "\n".join(["| measured | value | to reach | reached |", "|---|---|---|---|", *rows])


def _ingest(found: Results) -> Iterator[Line]:
    share, rate = found["share_of_copy_percent"], found["events_per_s"]
    yield Line("(a) events accepted and visible", f"{rate:,.0f}/s", ">= 4,000/s", rate >= 4000)
    yield Line("(a) accepted only", f"{found['accepted_per_s']:,.0f}/s")
    yield Line("(a) `COPY` of the same rows, batches of 1,000", f"{found['copy_rows_per_s']:,.0f}/s")
    yield Line("(a) `COPY`, all at once", f"{found['copy_at_once_rows_per_s']:,.0f}/s")
    cpu = [f"{name} {found[f'{name}_cpu_us']:.0f}" for name in ("serve", "processors", "postgresql", "bench")]
    yield Line("(a) processor time an event, microseconds", ", ".join(cpu))
    yield Line("(a) share of the `COPY` rate (batches)", f"{share:.1f} %", ">= 5 % (10 % wanted)", share >= 5)


def _singles(found: Results) -> Iterator[Line]:
    whole, rest = found["sent_to_visible"], found["accepted_to_visible"]
    yield Line(
        "(b) single events", f"{found['events_per_s']:.1f}/s, sent late p99 {found['sent_late_p99_ms']} ms"
    )
    yield Line("(b) sent to visible", _both(whole), "p99 < 250 ms", whole["p99_ms"] < 250)
    yield Line("(b) sent to accepted", _both(found["sent_to_accepted"]))
    yield Line("(b) accepted to visible", _both(rest), "p99 < 250 ms", rest["p99_ms"] < 250)


def _reads(found: Results) -> Iterator[Line]:
    one, ratio = found["timeline_1_client"], found["heavy_to_light"]
    yield Line(f"(c) brief, {found['customers']:,} customers, 1 client", _both(found["brief_1_client"]))
    yield Line("(c) brief, 8 clients", _both(found["brief_8_clients"]))
    yield Line("(c) timeline of 50, 1 client", _both(one), "p50 < 6 ms", one["p50_ms"] < 6)
    yield Line("(c) timeline of 50, 8 clients", _both(found["timeline_8_clients"]))
    yield Line(f"(c) timeline of 50, {found['heavy_entries']:,} entries", _both(found["timeline_heavy"]))
    yield Line("(c) the same in turns, 60 entries", _both(found["timeline_light"]))
    yield Line("(c) heavy to light, p50", f"{ratio:.2f}", "<= 1.5", ratio <= 1.5)
    yield Line("(c) brief of the heavy customer", _both(found["brief_heavy"]))


def _replay(found: Results) -> Iterator[Line]:
    rate = found["events_per_s"]
    yield Line(f"(d) replay of {found['events']:,} events", f"{rate:,.0f}/s", ">= 12,000/s", rate >= 12_000)
    whole = found["with_indexes_and_search_events_per_s"]
    yield Line("(d) with readers' indexes and search", f"{whole:,.0f}/s")
    yield Line("(d) memory of the replaying process", f"{found['peak_mib']:.0f} MiB")


def _memory(found: Results) -> Iterator[Line]:
    peak = found["serve_peak_mib"]
    yield Line("memory of the serving process, peak", f"{peak:.0f} MiB", "< 400 MB", peak * 1.048576 < 400)
    yield Line("memory of its processors, peak", f"{found.get('processors_peak_mib', 0):.0f} MiB")


def _flat(found: Results) -> Iterator[Line]:
    ingest, replay, memory = (
        found["ingest_last_to_first"],
        found["replay_last_to_first"],
        found["memory_last_to_first"],
    )
    step, events = found["step"], found["events"]
    yield Line(
        f"flat to {events:,}: ingest rate, last {step:,} to second", f"{ingest:.2f}", "flat", ingest >= 0.85
    )
    yield Line("flat: replay rate, the same", f"{replay:.2f}", "flat", replay >= 0.85)
    yield Line(
        "flat: memory of the serving process, last to first",
        f"{memory['serve']:.2f}",
        "flat",
        memory["serve"] <= 1.2,
    )
    yield Line(
        "flat: memory of its processors", f"{memory['processors']:.2f}", "flat", memory["processors"] <= 1.2
    )
    yield Line("flat: replay, all events", f"{found['replay']['events_per_s']:,.0f}/s")


def _identity(found: Results) -> Iterator[Line]:
    for name, of in {"usual": "usual traffic", "rich": "traffic rich in identifiers"}.items():
        one = found[name]
        rates = f"{one['with_events_per_s']:,.0f}/s, {one['without_events_per_s']:,.0f}/s without"
        yield Line(f"(i) replay with identity, {of}", rates)
        cost = f"{one['rate_cost']:.1%} of the rate, {one['cpu_cost']:.1%} of processor time"
        yield Line(f"(i) what identity costs of a replay, {of}", cost)
        share = one["ingest_cost"]
        value = f"{share:.1%} of {one['ingest_cpu_us']:.0f} us CPU an event"
        target = ("<= 15 %", share <= 0.15) if name == "usual" else ("", None)
        yield Line(f"(i) what it costs of ingest, {of}", value, *target)
    for shape, of_size in found["components"].items():
        for size, one in of_size.items():
            taken = one["taken"]["p50_ms"]
            target = ("< 5 ms", taken < 5) if size == "50" else ("", None)
            alone = f"resolving alone {one['resolved']['p50_ms']:.1f} ms"
            value = f"p50 {taken:.1f} ms, {one['statements']} statements; {alone}"
            yield Line(f"(i) news about a component of {one['identifiers']:,} ({shape})", value, *target)
    growth, merging = found["growth"], found["merging"]
    for warm, cold in zip(growth["warm"], growth["cold"], strict=True):
        value = f"{warm['cpu_us']:.0f} us CPU, remembering nobody {cold['cpu_us']:.0f}; {warm['memory_mib']:.0f} MiB"
        yield Line(f"(i) identity of an event, {warm['customers']:,} customers", value)
    for how, told in (("warm", "the last of these to the first"), ("cold", "the same, remembering nobody")):
        flat = growth[f"{how}_last_to_first"]["cpu_us"]
        yield Line(f"(i) {told}", f"{flat:.2f}", "flat", flat <= 1.25)
    for word in ("merge", "unmerge"):
        for what, told in (
            (word, f"{word} of two with {merging['entries']:,} entries each, until visible"),
            (f"preview_{word}", f"preview of that {word}"),
            (f"page_{word}", f"timeline of 50 after that {word}"),
        ):
            ratio = merging[f"{what}_heavy_to_light"]
            value = f"{_both(merging[f'{what}_heavy'])}; {ratio:.2f} times that of two with a handful"
            target = (
                ("milliseconds", merging[f"{what}_heavy"]["p50_ms"] < 100) if what == word else ("", None)
            )
            yield Line(f"(i) {told}", value, *target)


def _workers(found: Results) -> Iterator[Line]:
    one, two, share = found["one"], found["two"], found["share_of_bare"]
    yield Line(
        f"(k) published to Kafka, batches of 1,000, {found['events']:,} events",
        f"{found['published_per_s']:,.0f}/s",
    )
    yield Line(
        "(k) bare Faust agent", f"{found['bare_per_s']:,.0f}/s, {found['bare_cpu_us']:.0f} us CPU an event"
    )
    yield Line("(k) timeline worker", f"{one['events_per_s']:,.0f}/s, {_cpu(one)}")
    yield Line("(k) share of the bare agent's rate", f"{share:.2f}", ">= 0.5", share >= 0.5)
    yield Line("(k) two timeline workers", f"{two['events_per_s']:,.0f}/s, {_cpu(two)}")
    ratio, waited = found["two_to_one"], two["lock_waited_p99_s"]
    yield Line("(k) two workers to one", f"{ratio:.2f}", ">= 1", ratio >= 1)
    longest, batches = two["lock_waited_longest_s"], two["batches"]
    value = f"p99 {waited * 1000:.0f} ms, longest {longest * 1000:.0f} ms of {batches:,} transactions"
    yield Line("(k) two workers, waiting for one another's locks", value, "p99 <= 50 ms", waited <= 0.05)
    rate = found["replay"]["events_per_s"]
    yield Line("(k) replay from Kafka", f"{rate:,.0f}/s", ">= 10,000/s", rate >= 10_000)


def _cpu(found: Results) -> str:
    return (
        ", ".join(f"{name} {found[f'{name}_cpu_us']:.0f}" for name in ("workers", "postgresql", "kafka"))
        + " us CPU"
    )


def _singles_on_kafka(found: Results) -> Iterator[Line]:
    seen, killed = found["accepted_to_visible"], max(found["killed_worker_caught_up_s"])
    rate = found["events_per_s"]
    yield Line("(l) single events, 200 a second asked for", f"{rate:,.0f}/s", ">= 190/s", rate >= 190)
    yield Line("(l) sent to accepted", _both(found["sent_to_accepted"]))
    yield Line("(l) accepted to visible", _both(seen), "p99 < 1 s", seen["p99_ms"] < 1000)
    yield Line("(l) a killed worker has caught up after, longest", f"{killed:.1f} s", "<= 15 s", killed <= 15)


def _away(found: Results) -> Iterator[Line]:
    lost, minutes = found["lost"], found["seconds"] / 60
    what = f"(m) broker away for {minutes:.1f} min, 200 events a second: accepted, in the spool at its end"
    yield Line(what, f"{found['accepted']:,}, {found['spooled']:,}")
    yield Line("(m) lost", f"{lost:,}", "0", lost == 0)
    yield Line("(m) sent to accepted, batches of 10", _both(found["sent_to_accepted"]))
    yield Line("(m) all published, all visible after", f"{found['published_s']} s, {found['caught_up_s']} s")


def _both(found: Results) -> str:
    return f"p50 {found['p50_ms']:.1f} ms, p99 {found['p99_ms']:.1f} ms"


PARTS: Mapping[str, Callable[[Results], Iterator[Line]]] = {
    "a": _ingest,
    "b": _singles,
    "c": _reads,
    "d": _replay,
    "memory": _memory,
    "flat": _flat,
    "flat_memory": _memory,
    "i": _identity,
    "k": _workers,
    "l": _singles_on_kafka,
    "m": _away,
}
