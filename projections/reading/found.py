"""What a search found, as the contract shows it: with the customer whom each thing belongs to now."""

from collections.abc import Sequence
from typing import Any

from klantbeeld.log.postgres.database import Connection
from projections.reading.changes import customers_of
from projections.search.port import Hit


def items(connection: Connection, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Each customer once, at its best place; what belongs to nobody in particular has no customer."""
    whose = customers_of(connection, [hit.owner for hit in hits])
    shown: dict[tuple[str, str], dict[str, Any]] = {}
    for hit in hits:
        customer = whose.get(hit.owner)
        id_ = customer if hit.kind == "customer" else hit.entity_id
        if id_ is not None:
            shown.setdefault((hit.kind, id_), _item(hit, id_, customer))
    return list(shown.values())


def _item(hit: Hit, id_: str, customer: str | None) -> dict[str, Any]:
    """Words are shown of a known customer only: what several people share may be anybody's."""
    return {
        "kind": hit.kind,
        "id": id_,
        "customer_id": customer,
        "title": hit.title if customer else "",
        "highlight": hit.highlight if customer else "",
        "score": hit.score,
    }
