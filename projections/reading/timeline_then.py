"""The timeline as of a moment: filters and rows of events that were folded anew, as the present one has them stored."""

from typing import Any

from klantbeeld.domain.events.event import Event
from klantbeeld.log.sealing import Names
from projections.entries import agent_of
from projections.reading.as_of import Then
from projections.reading.timeline import Filters, Row


def states(then: Then, names: Names) -> dict[str, Any]:
    """What had happened to interactions by then, by their ids."""
    return {
        names.entity("interaction", external_id): one.state
        for (kind, external_id), one in then.picture.entities.items()
        if kind == "interaction"
    }


def wanted(event: Event, filters: Filters, names: Names) -> bool:
    data = event.data
    if filters.types is not None and event.type not in filters.types:
        return False
    if filters.channels is not None and getattr(data, "channel", None) not in filters.channels:
        return False
    if filters.agent is not None and agent_of(event) != filters.agent:
        return False
    order = getattr(data, "order_id", None)
    if filters.order_id is not None and (order is None or names.entity("order", order) != filters.order_id):
        return False
    after = filters.since is None or event.occurred_at >= filters.since
    return after and (filters.until is None or event.occurred_at < filters.until)


def row(event: Event, names: Names, then: Then) -> Row:
    routes = then.routes_of(event.key)
    return Row(
        event.key,
        event.type,
        event.version,
        event.order,
        event.recorded_at,
        getattr(event.data, "channel", None),
        getattr(event.data, "direction", None),
        routes.interaction and names.entity("interaction", routes.interaction),
        routes.conversation and names.entity("conversation", routes.conversation),
        event.raw_data.decode(),
    )
