"""An agent's wrap-up of an interaction, and whose it was after all. No claim: each adds to what was said before."""

from typing import Annotated, Any

from fastapi import APIRouter, Response

from api.access import requires
from api.answers import answer
from api.asking import EntityId
from api.problems import problems
from api.references import interaction_of
from api.schemas.deeds import Attribute, ChangedInteraction, Classify
from api.system import Here, System
from api.tokens import Principal
from api.writing import Deed, Written, seen, write
from klantbeeld.domain.interactions import InteractionState
from klantbeeld.ingest.normalise import normalise
from projections.reading.problems import UnknownEntity

router = APIRouter(
    prefix="/v1/interactions/{id}",
    tags=["commands"],
    responses=problems(404, 503, 504),
)

Commander = Annotated[Principal, requires("commands")]


@router.post("/classify", summary="Wrap an interaction up", response_model=ChangedInteraction)
def classify_interaction(principal: Commander, system: Here, id: EntityId, given: Classify) -> Response:
    """What is left out stays as it was."""
    return _told(system, principal, id, "interaction.classified", given.model_dump())


@router.post("/attribute", summary="Say whose an interaction was", response_model=ChangedInteraction)
def attribute_interaction(principal: Commander, system: Here, id: EntityId, given: Attribute) -> Response:
    """Moves the interaction to the customer of that identifier; says nothing about who is who."""
    normalise(given.to.type, given.to.value, system.settings.region)
    return _told(system, principal, id, "interaction.attributed", given.model_dump())


def _told(system: System, principal: Principal, id_: str, type_: str, data: dict[str, Any]) -> Response:
    found = interaction_of(system, id_)
    deed = Deed(
        type=type_,
        owner=found.owner,
        at=system.clock(),
        data={"interaction_id": found.external_id, "by": principal.id, **data},
    )
    written = write(system, principal, deed)
    seen(system, written)
    return answer(_as_it_stands(system, id_, written))


def _as_it_stands(system: System, id_: str, written: Written) -> dict[str, Any]:
    found = system.reads.interaction(id_)
    who = system.reads.who_owns(found["owner"])
    try:
        state: InteractionState = system.reads.raw("interaction", id_).state
    except UnknownEntity:
        state = InteractionState(external_id=found["external_id"])
    return {
        "interaction_id": id_,
        "external_id": found["external_id"],
        "conversation_id": found["conversation_id"],
        "customer_id": who and who.customer_id,
        "topic": state.topic,
        "intent": state.intent,
        "outcome": state.outcome,
        "note": state.note,
        "freshness": system.reads.freshness(),
        "position": written.position,
    }
