"""Search in customers, contacts and orders."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access import requires
from api.answers import answer
from api.asking import WaitFor, wait
from api.problems import problems
from api.schemas.customers import Hits, Search
from api.system import Here
from api.tokens import Principal
from projections.search.port import Filters

router = APIRouter(tags=["search"])


@router.post("/v1/search", summary="Search", response_model=Hits, responses=problems(503, 504))
def search(
    _: Annotated[Principal, requires("search")], given: Search, system: Here, wait_for: WaitFor = None
) -> Response:
    """All words must be found, the last may be the beginning of one; a quoted phrase stands as it is. Names are found in
    spite of a typing error.
    """
    wait(system, wait_for, "timeline", "search")
    filters = Filters(
        kinds=frozenset(given.filters.kind),
        channels=frozenset(given.filters.channel),
        start=given.filters.from_,
        end=given.filters.to,
    )
    found = system.reads.search(given.query, filters, cursor=given.cursor or None, limit=given.limit)
    return answer(found)
