"""What followers keep outside PostgreSQL, held against what the read models say it should be."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from projections.compare import Differences
from projections.replay import Replica
from projections.search.port import SearchAway

TABLE: Final = "search_index"
"""What differences outside PostgreSQL are told of; the key is the document's id."""

Left = Mapping[str, Sequence[str] | None]
"""What is still to be looked at, by follower: these ids, or (None) all."""

log = logging.getLogger(__name__)


def given_out(replica: Replica, live: str) -> dict[str, int]:
    """The newest versions outside, by follower: to be asked for before the moment that is compared."""
    return {one.name: one.given_out(replica.connection, live) for one in replica.followers}


def audit(
    replica: Replica, live: str, given_out: Mapping[str, int], found: Differences, left: Left
) -> dict[str, Sequence[str]]:
    """Add what differs. The replica stands where the live read models stood when its transaction began. Answers what
    could not be decided, since it was written after that.
    """
    undecided: dict[str, Sequence[str]] = {}
    for one in replica.followers:
        if one.name in left:
            result = one.audit(replica.connection, live, given_out[one.name], left[one.name])
            for id_, kind in result.told:
                found.add(TABLE, (id_,), kind)
            found.count += result.count - len(result.told)
            if result.undecided:
                undecided[one.name] = result.undecided
    return undecided


def settle(replica: Replica, live: str) -> None:
    """Nothing is left outside but what belongs to the live read models. What is away now is settled after the next
    replay.
    """
    for one in replica.followers:
        try:
            one.settle(replica.connection, live)
        except SearchAway as away:
            log.warning("not_settled", extra={"processor": one.name, "code": away.code})
