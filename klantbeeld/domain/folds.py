"""All kinds of entities that are folded from events, in one place."""

from collections.abc import Mapping
from typing import Any

from klantbeeld.domain.agreements import AgreementFold
from klantbeeld.domain.conversations import ConversationFold
from klantbeeld.domain.events.catalogue import CATALOGUE
from klantbeeld.domain.folding import Fold
from klantbeeld.domain.follow_ups import FollowUpFold
from klantbeeld.domain.interactions import InteractionFold
from klantbeeld.domain.orders import OrderFold
from klantbeeld.domain.profiles import ProfileFold

FOLDS: tuple[Fold[Any], ...] = (
    OrderFold(),
    AgreementFold(),
    FollowUpFold(),
    ConversationFold(),
    InteractionFold(),
    ProfileFold(),
)
BY_KIND: Mapping[str, Fold[Any]] = {fold.kind: fold for fold in FOLDS}

_BY_FAMILY: Mapping[str, tuple[str, ...]] = {
    "order": ("order", "agreement"),
    "agreement": ("agreement",),
    "follow_up": ("follow_up", "agreement"),
    "conversation": ("conversation",),
    "interaction": ("conversation", "interaction"),
    "customer": ("profile",),
    "consent": ("profile",),
    "feedback": ("profile",),
}

CONCERNED: Mapping[str, tuple[Fold[Any], ...]] = {
    name: tuple(BY_KIND[kind] for kind in _BY_FAMILY.get(name.partition(".")[0], ())) for name in CATALOGUE
}
"""For each event type the folds that may have to do with it; their `keys` decide."""
