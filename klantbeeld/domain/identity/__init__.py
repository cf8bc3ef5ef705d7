"""Who is one person, as a pure function of the evidence set: evidence, rules, resolution, and the walk to
what a change touches. No storage, clock or engine in here.
"""

from klantbeeld.domain.identity.components import expand
from klantbeeld.domain.identity.evidence import (
    Evidence,
    FoldOrder,
    Kind,
    Known,
    Order,
    Seen,
    Token,
    decision,
    frontier,
    is_claim,
    is_dominated,
    pairs_of,
    standing,
    withdrawal,
)
from klantbeeld.domain.identity.junk import JunkRules, is_junk
from klantbeeld.domain.identity.resolution import Reason, Refusal, Resolution, customer_id, resolve
from klantbeeld.domain.identity.rules import BadRules, Rules, default_rules, rules_from
from klantbeeld.domain.identity.sharing import Sharing

__all__ = [
    "BadRules",
    "Evidence",
    "FoldOrder",
    "JunkRules",
    "Kind",
    "Known",
    "Order",
    "Reason",
    "Refusal",
    "Resolution",
    "Rules",
    "Seen",
    "Sharing",
    "Token",
    "customer_id",
    "decision",
    "default_rules",
    "expand",
    "frontier",
    "is_claim",
    "is_dominated",
    "is_junk",
    "pairs_of",
    "resolve",
    "rules_from",
    "standing",
    "withdrawal",
]
