"""Announcements of dead letters, for who wants to be told: where and why, and nothing about anybody."""

from dataclasses import dataclass

import msgspec

from klantbeeld.log.kafka.wire import SOURCE, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One dead letter: the sealed truth about it lies in PostgreSQL."""

    processor: str
    partition: int
    position: int
    reason: str


def message_of(letter: Letter) -> Message:
    """A CloudEvent whose data are the letter's four fields. Its id is the place, so a repeat is known as one."""
    place = f"{letter.processor}/{letter.partition}/{letter.position}".encode()
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", place),
        ("ce_source", SOURCE),
        ("ce_type", b"klantbeeld.dead_letter"),
        ("content-type", b"application/json"),
    ]
    return Message(place, msgspec.json.encode(letter), headers)
