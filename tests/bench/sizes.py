"""How much of everything, in a quick run and in a full one."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Events, except where the name says otherwise."""

    customers: int
    """People that the base traffic is about."""
    base: int
    """What is there before anything is measured."""
    ingest: int
    """Of each of the three rounds of part (a)."""
    singles_seconds: int
    away_seconds: int
    """How long the broker is away."""
    heavy: int
    """Entries of the heavy customer."""
    reads: int
    """Requests of each kind, at one client and at eight."""
    flat: int
    flat_step: int
    topic: int
    """Of the Kafka topic that workers read."""
    merged: int
    """Entries of each of two customers who are found to be one."""
    components: tuple[int, ...]
    """Identifiers of one customer."""
    people: tuple[int, ...]
    """Customers there are when an event's identity is timed."""
    slice: int
    """Events timed at each number of customers."""


FULL = Sizes(
    customers=10_000, base=100_000, ingest=60_000, singles_seconds=30, away_seconds=600,
    heavy=100_000, reads=2_000, flat=1_000_000, flat_step=100_000, topic=100_000,
    merged=100_000, components=(50, 500, 5_000), people=(10_000, 100_000, 1_000_000), slice=20_000,
)  # fmt: skip
QUICK = Sizes(
    customers=2_000, base=10_000, ingest=10_000, singles_seconds=8, away_seconds=20,
    heavy=20_000, reads=400, flat=40_000, flat_step=10_000, topic=20_000,
    merged=5_000, components=(50, 500, 5_000), people=(2_000, 10_000, 50_000), slice=5_000,
)  # fmt: skip
