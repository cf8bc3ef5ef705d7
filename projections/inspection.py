"""The log itself, record by record: no place is empty, every seal opens, what lies under it is what the record says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from klantbeeld.log.decoding import decode_head
from klantbeeld.log.kafka.wire import UNREADABLE
from klantbeeld.log.port import EventLog, KeyStore
from klantbeeld.log.record import Record
from klantbeeld.log.sealing import Names, SealBroken, open_body
from projections.compare import MOST, Differences

READ = 2_000


@dataclass(slots=True)
class Inspection:
    """What one reading of the log found. `records`: how many it holds of each partition; `foreign`: the places, as
    (partition, position), that hold nothing of ours.
    """

    differences: Differences = field(default_factory=Differences)
    records: dict[int, int] = field(default_factory=dict)
    foreign: list[tuple[int, int]] = field(default_factory=list)

    def misses(self, places: Iterable[tuple[int, int]]) -> None:
        """Here were records of ours."""
        for partition, position in places:
            _tell(self, partition, position, "missing")


def inspect(log: EventLog, keys: KeyStore, names: Names) -> Inspection:
    """Read all there is now."""
    found = Inspection()
    for partition, end in sorted(log.ends().items()):
        expected = 0
        for records in _batches(log, partition, end):
            held = keys.keys([one.owner for one in records])
            for record in records:
                for missing in range(expected, record.position):
                    _tell(found, record.partition, missing, "missing")
                if record.type == UNREADABLE:
                    found.foreign.append((record.partition, record.position))
                elif kind := _wrong(record, held.get(record.owner, b""), names):
                    _tell(found, record.partition, record.position, kind)
                expected = record.position + 1
            found.records[partition] = found.records.get(partition, 0) + len(records)
        for missing in range(expected, end):
            _tell(found, partition, missing, "missing")
    return found


def _batches(log: EventLog, partition: int, end: int) -> Iterator[list[Record]]:
    """A hole may be wider than a batch, and a batch shorter than asked for: every place below the end is asked for."""
    start = 0
    while start < end:
        records = log.read(partition, start, min(READ, end - start))
        if records:
            yield records
        start = records[-1].position + 1 if records else start + READ


def _wrong(record: Record, key: bytes | None, names: Names) -> str | None:
    """What is wrong with a record. None as a key: its customer was erased, so it need not open."""
    if key is None:
        return None
    if not key:
        return "key_missing"
    try:
        raw = open_body(key, record.sealed, record.event_key).raw
        head = decode_head(raw)
    except (SealBroken, ValueError):
        return "seal_broken"
    same = names.content(raw) == record.digest and names.event(head.source, head.id) == record.event_key
    return None if same else "altered"


def _tell(found: Inspection, partition: int, position: int, kind: str) -> None:
    if found.differences.count < MOST:
        found.differences.add("log", (partition, position), kind)
    else:
        found.differences.count += 1
