"""What an operator is told about a setting that cannot be used. No value is ever told: it may be a secret."""


class SettingsError(Exception):
    """One line for the operator: which setting, what is wrong, and the mend. `code` is stable."""

    def __init__(self, code: str, setting: str, mend: str) -> None:
        self.code, self.setting, self.mend = code, setting, mend
        super().__init__(f"KLANTBEELD_{setting}: {mend}")
