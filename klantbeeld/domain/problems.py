"""The one way in which the domain refuses something: a stable code and the field it is about, never the value."""


class Invalid(ValueError):
    """`code` is stable and public; `field` names the place in the event; no customer data in either."""

    def __init__(self, code: str, field: str = "", hint: str = "") -> None:
        self.code, self.field, self.hint = code, field, hint
        super().__init__(": ".join(part for part in (code, field, hint) if part))
