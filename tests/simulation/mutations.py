"""Known bugs, put back on purpose: small changes to the text of real functions, each of which the simulator must catch.

A change whose text is not found any more fails loudly: write it anew for the function as it now is.
"""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final
from unittest.mock import patch

from projections import fence, joint
from streams import jointly, line, partitions
from streams.line import Line
from streams.partitions import Partitions
from tests.simulation import keeper
from tests.simulation.group import AS_IT_IS, Parts
from tests.simulation.log import NaiveLog
from tests.simulation.processes import Process
from tests.simulation.store import Session


@dataclass(frozen=True, slots=True)
class Edit:
    """In the function `name` of `owner`, `new` stands for `old`."""

    owner: Any
    name: str
    old: str
    new: str

    def function(self) -> Any:
        original = inspect.getattr_static(self.owner, self.name)
        source = textwrap.dedent(inspect.getsource(original))
        assert source.count(self.old) == 1, f"{self.name} does not read as this edit expects"
        made: dict[str, Any] = {}
        code = compile(source.replace(self.old, self.new), f"<{self.name}, edited>", "exec")
        exec(code, vars(inspect.getmodule(original)), made)
        return made[self.name]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A bug, told as a sentence. `within`: schedules of seed 1 that suffice to catch it."""

    bug: str
    edits: tuple[Edit, ...]
    within: int = 300
    parts: Parts = AS_IT_IS

    @contextmanager
    def applied(self) -> Iterator[None]:
        with ExitStack() as stack:
            for edit in self.edits:
                stack.enter_context(patch.object(edit.owner, edit.name, edit.function()))
            yield


def beside(session: Session) -> Session:
    """Another session, whose statements are committed one by one."""
    return session.server.connect(lambda *_: False)


HELPERS: Final = '__import__("tests.simulation.mutations", fromlist=["beside"])'
OPEN: Final = '__import__("contextlib").nullcontext()'
HOLES_PASS: Final = Edit(
    fence,
    "following",
    """\
        if record.position > expected:
            raise Gap(f"partition {record.partition} expects {expected}, was given {record.position}")
        if record.position == expected:
""",
    """\
        if record.position >= (fresh[-1].position + 1 if fresh else position):
""",
)
NO_TRANSACTION: Final = Edit(Line, "_apply", "with connection.transaction():", f"with {OPEN}:")
MUTATIONS: Final = (
    Mutation("a gap is skipped", (HOLES_PASS,)),
    Mutation(
        "a copy in a batch makes up for a record that is missing",
        (
            Edit(
                fence,
                "following",
                "    if all(record.position == expected for expected, record in enumerate(records, position)):\n"
                "        return records\n",
                "    own = [record for record in records if record.position >= position]\n"
                "    if own and own[0].position == position and own[-1].position == position + len(own) - 1:\n"
                "        return own\n",
            ),
        ),
    ),
    Mutation(
        "a copy in a batch is taken for a gap",
        (
            Edit(
                fence,
                "following",
                "if record.position > expected:",
                "if record.position != expected and record.position >= position:",
            ),
        ),
    ),
    Mutation(
        "the position is written after the effect was committed",
        (
            NO_TRANSACTION,
            Edit(
                line,
                "apply_batch",
                "    applied = processor.apply(connection, fresh, voided)\n",
                "    with connection.transaction():\n"
                "        applied = processor.apply(connection, fresh, voided)\n",
            ),
        ),
    ),
    Mutation(
        "the position is written before the effect is committed",
        (
            NO_TRANSACTION,
            Edit(
                line,
                "apply_batch",
                "    applied = processor.apply(connection, fresh, voided)\n",
                "    claimed = Applied(stored=len(fresh))\n"
                "    end, at = fresh[-1].position + 1, fresh[-1].recorded_at\n"
                "    return_ = move(connection, processor.name, partition, end, at, claimed)\n"
                "    with connection.transaction():\n"
                "        applied = processor.apply(connection, fresh, voided)\n"
                "    return return_\n",
            ),
        ),
    ),
    Mutation(
        "the position is read without a lock",
        (
            Edit(
                fence,
                "locked_position",
                'row = connection.execute(SQL["lock_checkpoint"], values).fetchone()\n    if',
                'row = connection.execute(SQL["lock_checkpoint"][:-10], values).fetchone()\n    if',
            ),
        ),
        within=3000,
    ),
    Mutation(
        "records are read by a sequence, past those that are not committed yet",
        (HOLES_PASS,),
        parts=Parts(log=NaiveLog),
    ),
    Mutation(
        "a worker begins at Kafka's committed offset",
        (
            Edit(
                Process,
                "assign",
                "self.next = dict(self.work.positions(wanted))",
                "self.work.positions(wanted)\n"
                "            self.next = {number: self._acknowledged.get(number, 0) for number in wanted}",
            ),
        ),
    ),
    Mutation(
        "an acknowledged batch that failed is never delivered again",
        (
            Edit(
                Partitions,
                "stalled",
                "return longest > (STALLED if now - self._moved_at > STALLED else ONE_STALLED)",
                "return False",
            ),
        ),
    ),
    Mutation(
        "duplicates are not looked for",
        (Edit(keeper, "first_of_each", "record.event_key not in known", "known is not fresh"),),
    ),
    Mutation(
        "a dead letter is written outside of the transaction",
        (Edit(line, "apply_batch", "set_aside(connection,", f"set_aside({HELPERS}.beside(connection),"),),
    ),
    Mutation(
        "what fails alone is passed over without a dead letter",
        (
            Edit(
                line,
                "skip_one",
                "    set_aside(connection, processor.name, record, reason, detail, attempts)\n",
                "",
            ),
        ),
    ),
    Mutation(
        "a processor is not told that others came between",
        (
            Edit(
                Line,
                "_contended",
                "except CONTENTION as error:\n            self.processor.undo()\n",
                "except CONTENTION as error:\n",
            ),
        ),
    ),
    Mutation(
        "a processor is not told that its batch failed",
        (Edit(Line, "_tried", "self.processor.forget()", "pass"),),
    ),
    Mutation(
        "a processor is not told that its connection was lost",
        (Edit(Partitions, "_connected", "self.processor.forget()", "pass"),),
    ),
    Mutation(
        "the log's end is read before the positions",
        (
            Edit(
                Partitions,
                "_positions",
                """\
    found = {number: self._line(number).position(connection) for number in partitions}
    ends = self._system.log.ends()
""",
                """\
    ends = self._system.log.ends()
    found = {number: self._line(number).position(connection) for number in partitions}
""",
            ),
        ),
        within=3000,
    ),
    Mutation(
        "a processor is not told that a joint batch failed",
        (Edit(partitions, "take_jointly", "            processor.forget()\n", ""),),
        within=3000,
    ),
    Mutation(
        "a processor is not told that others came between a joint batch",
        (Edit(partitions, "take_jointly", "            processor.undo()\n", ""),),
        within=3000,
    ),
    Mutation(
        "the positions of a joint batch are read without a lock",
        (Edit(joint, "_locked_positions", 'SQL["lock_checkpoints"]', 'SQL["lock_checkpoints"][:-10]'),),
        within=3000,
    ),
    Mutation(
        "a joint batch sets nothing aside",
        (Edit(jointly, "apply_jointly", "one.poison for one", "None for one"),),
        within=3000,
    ),
    Mutation(
        "a joint batch is written in parts",
        (Edit(partitions, "take_jointly", "with connection.transaction():", f"with {OPEN}:"),),
        within=3000,
    ),
    Mutation(
        "a worker minds partitions that were given away",
        (Edit(Partitions, "_measure", "if partition in self._reached:", "if True:"),),
    ),
)
