"""Random histories of a few people: every kind of event, times that collide, corrections and changes of mind."""

from typing import Any

from hypothesis import strategies as st

from tests.domain.building import Cloud, cloud, is_word, taken_back

PEOPLE = ["1", "2", "3"]
IDENTIFIERS = [
    *({"type": "customer_number", "value": f"K-{one}", "strength": "verified"} for one in PEOPLE),
    *({"type": "email", "value": f"person{one}@example.nl"} for one in PEOPLE),
    *({"type": "phone", "value": f"+3161234565{one}"} for one in PEOPLE[:2]),
    {"type": "phone", "value": "anonymous"},
    {"type": "order_number", "value": "shop:1"},
    {"type": "tracking", "value": "T1"},
    {"type": "anonymous", "value": "web/1"},
    {"type": "email", "value": "person1@example.nl", "strength": "weak"},
]
CHANNELS = ["phone", "email", "chat", "counter"]
OUTCOMES = ["resolved", "unresolved", "missed", "transferred"]
STATUSES = ["paid", "packed", "shipped", "delivered", "ready_for_pickup", "returned", "cancelled"]
DUE = ["2026-11-02", "2026-11-02T09:03:00Z", "2026-11-03T09:00:00+01:00"]

who = st.lists(st.sampled_from(IDENTIFIERS), min_size=1, max_size=3, unique_by=lambda one: one["value"])
one_of_two = st.sampled_from(["1", "2"])


def pick(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def fields(**found: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=found)


def data(*needed: tuple[str, st.SearchStrategy[Any]], **more: st.SearchStrategy[Any]) -> Any:
    return st.builds(lambda must, may: {**may, **must}, st.fixed_dictionaries(dict(needed)), fields(**more))


def named(kind: str) -> st.SearchStrategy[str]:
    return one_of_two.map(lambda number: f"{kind}:{number}")


_held = data(
    ("channel", st.sampled_from(CHANNELS)),
    ("direction", pick("inbound", "inbound", "outbound", "internal")),
    interaction_id=named("call"),
    conversation_id=named("thread"),
    text=pick("Goedemiddag", "Dank u"),
    outcome=st.sampled_from(OUTCOMES),
    auto=pick("reply", "list"),
    agent=pick({"id": "a-1"}, {"id": "a-2", "name": "Eva"}),
)
_thread = ("conversation_id", named("thread"))
_call = ("interaction_id", named("call"))
_promise = ("agreement_id", st.one_of(named("desk"), st.just("delivery:shop:1")))
_duty = ("follow_up_id", named("duty"))
_about = {"order_id": named("shop"), "tracking": pick("T1", "T2")}

ABOUT_PEOPLE = {
    "customer.described": data(
        name=pick({"given": "Eva"}, {"family": "Smit"}),
        company=pick("Smit en Co"),
        facts=pick({"since": 2011}, {"since": 2014.0, "vip": True}),
    ),
    "consent.changed": data(("purpose", pick("news", "calls")), ("granted", st.booleans())),
    "feedback.given": data(("metric", pick("csat")), ("score", pick(1, 4.5)), ("scale_max", pick(5))),
    "visit.recorded": data(page=pick("/retour")),
    "interaction.started": _held,
    "interaction.recorded": _held,
    "interaction.amended": data(_call, text=pick("beter gezegd", "nog beter")),
    "interaction.removed": data(_call),
    "interaction.classified": data(_call, topic=pick("delivery", "price"), outcome=st.sampled_from(OUTCOMES)),
    "interaction.attributed": data(
        _call, ("to", st.sampled_from(IDENTIFIERS).map(lambda one: {k: one[k] for k in ("type", "value")}))
    ),
    "conversation.handed_over": data(_thread, ("to", pick({"team": "care"}, {"agent": "a-1"}))),
    "conversation.waiting": data(_thread, ("for", pick("customer", "internal"))),
    "conversation.continued": data(_thread),
    "conversation.resolved": data(_thread),
    "conversation.reopened": data(_thread),
    "order.placed": data(
        ("order_id", named("shop")), promised_delivery=st.sampled_from(DUE).map(lambda due: {"latest": due})
    ),
    "order.status_changed": data(
        ("status", st.sampled_from(STATUSES)), ("order_id", named("shop")), **_about
    ),
    "order.shipment_updated": data(
        ("tracking", pick("T1", "T2")), **_about, status=st.sampled_from(STATUSES), carrier=pick("Post")
    ),
    "agreement.made": data(
        _promise,
        ("kind", pick("callback", "refund")),
        due_at=st.sampled_from(DUE),
        interaction_id=named("call"),
        order_id=named("shop"),
    ),
    "agreement.rescheduled": data(_promise, ("due_at", st.sampled_from(DUE))),
    "agreement.kept": data(_promise),
    "agreement.withdrawn": data(_promise),
    "follow_up.opened": data(
        _duty, ("kind", pick("callback")), due_at=st.sampled_from(DUE), team=pick("care")
    ),
    "follow_up.assigned": data(_duty, assignee=pick("a-1", "a-2")),
    "follow_up.escalated": data(_duty, priority=pick("urgent", 2), team=pick("leads")),
    "follow_up.completed": data(_duty, outcome=pick("kept", "not_kept"), agreement_id=named("desk")),
    "follow_up.reopened": data(_duty),
}


@st.composite
def histories(draw: st.DrawFn, most: int = 22) -> list[Cloud]:
    """Events with distinct names; any may happen at the same moment as any other."""
    found: list[Cloud] = []
    for place in range(draw(st.integers(2, most))):
        found.append(_placed(draw, place, draw(_told(found))))
    return found


@st.composite
def _told(draw: st.DrawFn, earlier: list[Cloud]) -> tuple[str, dict[str, Any]]:
    kind = draw(pick(*["about a person"] * 8, "correction", "correction", "judgement"))
    words = [one for one in earlier if is_word(one)]
    if kind == "judgement" and words and draw(st.booleans()):
        return "identity.decision_withdrawn", taken_back(draw(st.sampled_from(words)), 0)["data"]
    if kind == "judgement":
        pair = draw(st.lists(st.sampled_from(IDENTIFIERS[:8]), min_size=2, max_size=2, unique_by=str))
        return draw(pick("identity.linked", "identity.unlinked")), {"pair": pair}
    if kind == "correction" and earlier:
        return "event.corrected", draw(_put_right(draw(st.sampled_from(earlier))))
    name = draw(st.sampled_from(sorted(ABOUT_PEOPLE)))
    return name, {"identifiers": draw(who), **draw(ABOUT_PEOPLE[name])}


@st.composite
def _put_right(draw: st.DrawFn, target: Cloud) -> dict[str, Any]:
    """Other data for the event, sometimes of other people, sometimes of a wrong type."""
    name = str(target["type"]).removeprefix("klantbeeld.")
    other = draw(ABOUT_PEOPLE[name]) if name in ABOUT_PEOPLE else {"pair": []}
    shape = draw(pick("same people", "other people", "wrong"))
    if shape == "same people":
        other = {**other, "identifiers": target["data"].get("identifiers", [IDENTIFIERS[0]])}
    if shape == "other people":
        other = {**other, "identifiers": draw(who)}
    if shape == "wrong":
        other = {"identifiers": draw(who), "channel": 7, "order_id": 7, "interaction_id": 7, "purpose": 7}
    return {"event": {"source": target["source"], "id": target["id"]}, "data": other}


def _placed(draw: st.DrawFn, place: int, what: tuple[str, dict[str, Any]]) -> Cloud:
    name, content = what
    first = draw(st.sampled_from("az"))
    event = cloud(
        name,
        draw(st.integers(0, 4)),
        id=f"{first}{place}",
        source=draw(pick("/one", "/two")),
        sequence=draw(pick(None, 0, 1, -1)),
    )
    return {**event, "data": content}
