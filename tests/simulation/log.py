"""The log of a schedule: partitions with dense positions, given out before the record can be read."""

from collections.abc import Mapping, Sequence

from klantbeeld.log.record import Record
from tests.simulation.worlds import placed


class Log:
    """What is on its way is not there yet, and nothing behind it either: readers see a prefix of each partition."""

    def __init__(self, partitions: int) -> None:
        self.records: list[list[Record]] = [[] for _ in range(partitions)]
        self.on_the_way: list[Record] = []

    def send(self, record: Record) -> None:
        """The record has its position; `arrived` makes it readable."""
        own = self.records[record.partition]
        record = placed(record, len(own))
        own.append(record)
        self.on_the_way.append(record)

    def arrived(self, record: Record) -> None:
        self.on_the_way.remove(record)

    def read(self, partition: int, start: int, most: int) -> Sequence[Record]:
        return self.records[partition][start : min(start + most, self.ends()[partition])]

    def ends(self) -> Mapping[int, int]:
        ends = {number: len(own) for number, own in enumerate(self.records)}
        for record in self.on_the_way:
            ends[record.partition] = min(ends[record.partition], record.position)
        return ends

    def log_id(self) -> str:
        return "the log"


class NaiveLog(Log):
    """A reader by sequence number who takes whatever is there by now, past what is still on its way."""

    def read(self, partition: int, start: int, most: int) -> Sequence[Record]:
        there = [one for one in self.records[partition][start:] if one not in self.on_the_way]
        return there[:most]

    def ends(self) -> Mapping[int, int]:
        return {number: len(own) for number, own in enumerate(self.records)}
