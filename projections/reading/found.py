"""What a search found, as the contract shows it: with the customer whom each thing belongs to now."""

from collections.abc import Mapping, Sequence
from typing import Any

from klantbeeld.domain.identity import customer_id
from klantbeeld.log.postgres.database import Connection
from projections.reading.customers import named
from projections.reading.naming import people
from projections.search.port import Hit


def items(connection: Connection, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Each customer once, at its best place, by the name that the brief shows: what was found can be what anybody stated
    of them. What belongs to nobody in particular has no customer.
    """
    known = named(connection, list({hit.owner for hit in hits}))
    whose = {one.token: customer_id(one.head) for one in known if one.head}
    found = {hit.owner for hit in hits if hit.kind == "customer"}
    names = {
        one.customer_id: one.display_name
        for one in people(connection, {one.head for one in known if one.token in found}).values()
    }
    shown: dict[tuple[str, str], dict[str, Any]] = {}
    for hit in hits:
        customer = whose.get(hit.owner)
        id_ = customer if hit.kind == "customer" else hit.entity_id
        if id_ is not None:
            shown.setdefault((hit.kind, id_), _item(hit, id_, customer, names))
    return list(shown.values())


def _item(hit: Hit, id_: str, customer: str | None, names: Mapping[str, str | None]) -> dict[str, Any]:
    """Words are shown of a known customer only: what several people share may be anybody's."""
    title = names.get(id_) or hit.title
    return {
        "kind": hit.kind,
        "id": id_,
        "customer_id": customer,
        "title": title if customer else "",
        "highlight": hit.highlight if customer else "",
        "score": hit.score,
    }
