"""The enumerations of the contract. Ingest rejects other words; clients must accept words added later."""

from typing import Literal

Channel = Literal[
    "phone", "ivr", "email", "letter", "fax", "chat", "whatsapp", "messenger", "instagram", "sms", "telegram",
    "social", "web", "app", "counter", "survey", "system", "other",
]  # fmt: skip
Direction = Literal["inbound", "outbound", "internal"]
Outcome = Literal["resolved", "unresolved", "missed", "abandoned", "voicemail", "transferred"]
Auto = Literal["reply", "bounce", "report", "list"]
Intent = Literal["question", "complaint", "change", "order", "other"]
DeliveryStatus = Literal["sent", "delivered", "read", "failed", "bounced"]
WaitingFor = Literal["customer", "third_party", "internal"]
OrderStatus = Literal[
    "placed", "confirmed", "paid", "on_hold", "packed", "partially_shipped", "shipped", "out_for_delivery",
    "ready_for_pickup", "delivered", "delivery_failed", "returned", "refunded", "cancelled",
]  # fmt: skip
MakerKind = Literal["agent", "system", "bot"]
FollowUpOutcome = Literal["kept", "not_kept", "not_needed"]
Metric = Literal["csat", "nps", "ces"]
StrengthWord = Literal["weak", "asserted", "verified"]
Role = Literal["recipient", "cc", "payer"]

UNANSWERED_CHANNELS = frozenset({"phone", "ivr", "counter", "survey", "system", "other"})
"""Channels on which an inbound interaction expects no reply unless it says so."""
