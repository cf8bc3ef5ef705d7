"""The queue of follow-ups: what is to be done, by whom, in which order."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.access import requires
from api.answers import answer
from api.asking import Cursor, Limit, WaitFor, When, wait
from api.problems import problems
from api.schemas.entities import Queue, QueueCounts
from api.system import Here
from api.tokens import Principal
from api.withheld import may_read_words, without_words
from klantbeeld.domain.events.agreements import PRIORITY_WORDS
from klantbeeld.domain.follow_ups import Standing
from projections.reading.lists import QueueFilters

router = APIRouter(tags=["follow-ups"], responses=problems(504))

Seer = Annotated[Principal, requires("follow_ups_queue")]

UNSETTLED: Final = ("open", "snoozed", "waiting")


def _rank(text: str) -> str:
    if text not in PRIORITY_WORDS and text not in list("123456789"):
        raise PydanticCustomError("unknown_value", "1 to 9, or a word")
    return text


Priority = Annotated[
    str,
    AfterValidator(_rank),
    WithJsonSchema({"type": "string", "enum": [*PRIORITY_WORDS, *"123456789"]}),
]


@router.get("/v1/follow-ups", summary="Page through the queue of follow-ups", response_model=Queue)
def read_queue(
    principal: Seer,
    system: Here,
    state: Annotated[list[Standing] | None, Query(description="Absent: all that is not settled")] = None,
    team: Annotated[list[str] | None, Query()] = None,
    assignee: Annotated[str | None, Query(description="`me`, `none`, or an agent's id")] = None,
    kind: Annotated[list[str] | None, Query()] = None,
    priority: Annotated[Priority | None, Query()] = None,
    due_before: Annotated[When | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    wait_for: WaitFor = None,
) -> Response:
    wait(system, wait_for)
    filters = QueueFilters(
        states=_any_of(state) or UNSETTLED,
        teams=_any_of(team),
        assignee=_assignee(assignee, principal),
        unassigned=assignee == "none",
        kinds=_any_of(kind),
        priority=PRIORITY_WORDS.get(priority) or int(priority) if priority else None,
        due_before=due_before,
    )
    page = system.reads.queue(filters, cursor=cursor, limit=limit)
    if not may_read_words(principal):
        page = {**page, "items": [without_words(one) for one in page["items"]]}
    return answer(page)


@router.get("/v1/follow-ups/counts", summary="Count the follow-ups to be done", response_model=QueueCounts)
def count_queue(_: Seer, system: Here, wait_for: WaitFor = None) -> Response:
    wait(system, wait_for)
    return answer(system.reads.queue_counts())


def _assignee(asked: str | None, principal: Principal) -> str | None:
    wanted: dict[str | None, str | None] = {"me": principal.id, "none": None}
    return wanted.get(asked, asked)


def _any_of(words: Sequence[str] | None) -> tuple[str, ...] | None:
    return tuple(sorted(set(words))) if words else None
