"""What happened to an interaction after it was recorded: amended, removed, reacted to, delivered, attributed."""

from collections.abc import Iterable

from klantbeeld.domain.events import interactions as events
from klantbeeld.domain.events.event import Event, Token
from klantbeeld.domain.evolving import evolve
from klantbeeld.domain.folding import Routes, Shelf
from klantbeeld.domain.values import value

TOLD = frozenset(
    {
        "interaction.amended",
        "interaction.removed",
        "interaction.reacted",
        "interaction.delivery_changed",
        "interaction.classified",
        "interaction.attributed",
    }
)


@value
class InteractionState:
    """None means: as recorded. `attributed_to` is the token of whose it was after all."""

    external_id: str
    text: str | None = None
    subject: str | None = None
    removed: bool = False
    reaction: str | None = None
    delivery: str | None = None
    delivery_reason: str | None = None
    topic: str | None = None
    intent: str | None = None
    outcome: str | None = None
    note: str | None = None
    attributed_to: Token | None = None
    attributed_by: str | None = None


class InteractionFold:
    kind = "interaction"
    state = InteractionState
    any_order = False

    def keys(self, event: Event, routes: Routes) -> Iterable[str]:
        return (routes.interaction,) if routes.interaction and event.type in TOLD else ()

    def begin(self, external_id: str) -> InteractionState:
        return InteractionState(external_id=external_id)

    def apply(self, state: InteractionState, event: Event) -> InteractionState:
        data = event.data
        if isinstance(data, events.InteractionAmended):
            return evolve(state, text=_or(data.text, state.text), subject=data.subject or state.subject)
        if isinstance(data, events.InteractionRemoved):
            return evolve(state, removed=True)
        if isinstance(data, events.InteractionReacted):
            return evolve(state, reaction=data.reaction)
        if isinstance(data, events.DeliveryChanged):
            return evolve(state, delivery=data.status, delivery_reason=data.reason)
        if isinstance(data, events.InteractionClassified):
            return _classified(state, data)
        if isinstance(data, events.InteractionAttributed):
            return evolve(state, attributed_to=event.pointed, attributed_by=data.by)
        return state

    def founds(self, event: Event) -> bool:
        return False

    def shelve(self, state: InteractionState) -> Shelf:
        return Shelf(visible=False)


def _classified(state: InteractionState, data: events.InteractionClassified) -> InteractionState:
    return evolve(
        state,
        topic=data.topic or state.topic,
        intent=data.intent or state.intent,
        outcome=data.outcome or state.outcome,
        note=_or(data.note, state.note),
    )


def _or(new: str | None, old: str | None) -> str | None:
    return old if new is None else new
