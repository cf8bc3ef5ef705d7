"""What the statements do that the simulated workers send: those of the fence, by their own text, and the keeper's."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from projections import fence
from tests.simulation.store import Key, Session

Values = Any
LOCKS_THE_ROW = "FOR UPDATE"
HOLD_ERASURE = "hold erasure"
KNOWN = "known entries"
ADD_ENTRIES = "add entries"
LOCK_ENTITIES = "lock entities"
ENTRIES_OF = "entries of an entity"
SAVE_ENTITIES = "save entities"
ASK = "SELECT 1"


class Checkpoint(NamedTuple):
    """A processor's row for one partition."""

    log_id: str
    next: int = 0
    stored: int = 0
    late: int = 0
    dead: int = 0
    shredded: int = 0
    voided: int = 0


class Rows:
    """A cursor with its answer."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> Sequence[Any]:
        return self._rows


NOTHING = Rows(())


def _checkpoint_key(values: Values) -> Key:
    return "checkpoint", values["processor"], values["partition"]


def _lock_checkpoint(session: Session, values: Values) -> Rows:
    if session.read(_checkpoint_key(values)) is not None:
        session.lock(_checkpoint_key(values))
    return read_checkpoint(session, values)


def read_checkpoint(session: Session, values: Values) -> Rows:
    row = session.read(_checkpoint_key(values))
    return NOTHING if row is None else Rows([(row.next, row.log_id, row.voided)])


def _add_checkpoint(session: Session, values: Values) -> Rows:
    key = _checkpoint_key(values)
    session.lock(key)
    if session.read(key) is None:
        session.write(key, Checkpoint(values["log_id"]))
    return NOTHING


def _lock_checkpoints(session: Session, values: Values) -> Rows:
    keys = [("checkpoint", values["processor"], partition) for partition in values["partitions"]]
    for key in keys:
        if session.read(key) is not None:
            session.lock(key)
    return read_checkpoints(session, values)


def read_checkpoints(session: Session, values: Values) -> Rows:
    keys = [("checkpoint", values["processor"], partition) for partition in values["partitions"]]
    rows = [(key[2], session.read(key)) for key in keys]
    return Rows([(number, row.next, row.log_id, row.voided) for number, row in rows if row is not None])


def _move_checkpoints(session: Session, values: Values) -> Rows:
    columns = ("partitions", "nexts", "stored", "late", "shredded", "voided")
    for partition, end, stored, late, shredded, voided in zip(*map(values.get, columns), strict=True):
        moved = {"partition": partition, "next": end, "stored": stored, "late": late, "shredded": shredded}
        _move_checkpoint(session, {**moved, "processor": values["processor"], "voided": voided, "dead": 0})
    return NOTHING


def _move_checkpoint(session: Session, values: Values) -> Rows:
    key = _checkpoint_key(values)
    session.lock(key)
    row = session.read(key)
    session.write(
        key,
        Checkpoint(
            row.log_id,
            values["next"],
            row.stored + values["stored"],
            row.late + values["late"],
            row.dead + values["dead"],
            row.shredded + values["shredded"],
            row.voided + values["voided"],
        ),
    )
    return NOTHING


def _add_dead_letter(session: Session, values: Values) -> Rows:
    key = ("dead letter", values["processor"], values["partition"], values["position"])
    session.write(key, (values["event_key"], values["reason"]))
    return NOTHING


def _known(session: Session, values: Values) -> Rows:
    return Rows([key for key in values if session.read(("entry", key)) is not None])


def _add_entries(session: Session, values: Values) -> Rows:
    for row in values:
        session.insert(("entry", row.event.key), row)
    return NOTHING


def _lock_entities(session: Session, values: Values) -> Rows:
    for place in values:
        if session.read(place) is not None:
            session.lock(place)
    return Rows([session.read(place) for place in values])


def _entries_of(session: Session, values: Values) -> Rows:
    return Rows(session.entries_of(values))


def _save_entities(session: Session, values: Values) -> Rows:
    for place, entity, is_new in values:
        (session.insert if is_new else session.write)(place, entity)
    return NOTHING


def _nothing(session: Session, values: Values) -> Rows:
    return NOTHING


Statement = Callable[[Session, Values], Rows]


class Statements(dict[str, tuple[str, Statement]]):
    """What each text does. A setting of the session does nothing here; any other unknown text is an error."""

    def __missing__(self, text: str) -> tuple[str, Statement]:
        if not text.startswith("SET "):
            raise NotImplementedError(text)
        return "set", _nothing


STATEMENTS: Mapping[str, tuple[str, Statement]] = Statements(
    {
        fence.SQL["lock_checkpoint"]: ("lock_checkpoint", _lock_checkpoint),
        fence.SQL["lock_checkpoint"].removesuffix(LOCKS_THE_ROW): ("read_checkpoint", read_checkpoint),
        fence.SQL["lock_checkpoints"]: ("lock_checkpoint", _lock_checkpoints),
        fence.SQL["lock_checkpoints"].removesuffix(LOCKS_THE_ROW): ("read_checkpoint", read_checkpoints),
        fence.SQL["move_checkpoints"]: ("move_checkpoint", _move_checkpoints),
        fence.SQL["add_checkpoint"]: ("add_checkpoint", _add_checkpoint),
        fence.SQL["move_checkpoint"]: ("move_checkpoint", _move_checkpoint),
        fence.SQL["add_dead_letter"]: ("add_dead_letter", _add_dead_letter),
        HOLD_ERASURE: (HOLD_ERASURE, _nothing),
        KNOWN: (KNOWN, _known),
        ADD_ENTRIES: (ADD_ENTRIES, _add_entries),
        LOCK_ENTITIES: (LOCK_ENTITIES, _lock_entities),
        ENTRIES_OF: (ENTRIES_OF, _entries_of),
        SAVE_ENTITIES: (SAVE_ENTITIES, _save_entities),
        ASK: (ASK, _nothing),
    }
)
