"""What must hold at every commit, and what must be there in the end: compared with a plain fold over all events."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from klantbeeld.domain.events.event import Event
from klantbeeld.domain.folding import Entity, fold_all
from klantbeeld.domain.folds import BY_KIND
from klantbeeld.log.record import Record
from tests.simulation.keeper import Keeper
from tests.simulation.log import Log
from tests.simulation.statements import Checkpoint
from tests.simulation.store import Key, Server
from tests.simulation.worlds import Story, Told


class Watcher:
    """Writes down what is wrong. `committed` is told of the rows of each commit, before they are there."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.rows: dict[Key, Any] = {}

    def say(self, what: str) -> None:
        self.wrong.append(what)

    def committed(self, writes: dict[Key, Any]) -> None:
        for key, row in writes.items():
            if key[0] == "checkpoint":
                self._moved(key, row)
            elif key[0] == "dead letter":
                self._set_aside(key, writes)

    def _moved(self, key: Key, new: Checkpoint) -> None:
        old = self.rows.get(key)
        if old is not None and new.next < old.next:
            self.say(f"the position of partition {key[2]} went back from {old.next} to {new.next}")
        if new.next != new.stored + new.late + new.dead + new.shredded:
            self.say(f"the balance of partition {key[2]} is wrong: {new}")

    def _set_aside(self, key: Key, writes: Mapping[Key, Any]) -> None:
        _, processor, partition, position = key
        where = "checkpoint", processor, partition
        checkpoint = writes.get(where) or self.rows.get(where)
        if checkpoint is None or checkpoint.next <= position:
            self.say(f"the dead letter {partition}:{position} lies beyond the position")


def at_the_end(watcher: Watcher, server: Server, log: Log, story: Story) -> None:
    """All that was sent is stored once, is a late duplicate or a dead letter, and the entities are the fold of it."""
    records = [record for own in log.records for record in own]
    _complete(watcher, server, log)
    _counted(watcher, server, records)
    dead = {(key[2], key[3]) for key in server.rows if key[0] == "dead letter"}
    poison = {(record.partition, record.position) for record in records if record.sealed}
    if dead != poison:
        watcher.say(f"dead letters {sorted(dead - poison)} too many, {sorted(poison - dead)} missing")
    stored = {key[1]: row.event for key, row in server.rows.items() if key[0] == "entry"}
    wanted = {key: one.event for key, one in story.events.items()}
    if stored != wanted:
        watcher.say(f"{len(wanted.keys() - stored.keys())} events were lost")
    entities = {key: row for key, row in server.rows.items() if key[0] == "entity"}
    for place in sorted(differing(entities, folded(story.events.values()))):
        watcher.say(f"{place[1]} {place[2]} is not the fold of its events")


def _complete(watcher: Watcher, server: Server, log: Log) -> None:
    for partition, end in log.ends().items():
        found = server.rows.get(("checkpoint", Keeper.name, partition))
        position = found.next if found else 0
        if position != end:
            watcher.say(f"partition {partition} ends at {end}, its position is {position}")


def _counted(watcher: Watcher, server: Server, records: list[Record]) -> None:
    checkpoints = [row for key, row in server.rows.items() if key[0] == "checkpoint"]
    rows = Counter(key[0] for key in server.rows)
    counted = {
        "stored": (sum(one.stored for one in checkpoints), rows["entry"]),
        "dead": (sum(one.dead for one in checkpoints), rows["dead letter"]),
        "all": (sum(one.stored + one.late + one.dead for one in checkpoints), len(records)),
    }
    for name, (said, there) in counted.items():
        if said != there:
            watcher.say(f"{name}: the positions say {said}, there are {there}")


def folded(events: Any) -> dict[Key, Entity[Any]]:
    """Each entity from all its events: what any way of processing them must come to."""
    found: dict[Key, list[Event]] = {}
    one: Told
    for one in events:
        for place in one.places:
            found.setdefault(place, []).append(one.event)
    whole = {place: fold_all(BY_KIND[place[1]], place[2], own) for place, own in found.items()}
    return {place: entity for place, entity in whole.items() if entity}


def differing(found: Mapping[Key, Any], wanted: Mapping[Key, Any]) -> set[Key]:
    return {place for place in found.keys() | wanted.keys() if found.get(place) != wanted.get(place)}
