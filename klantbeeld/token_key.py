"""The key that signs local access tokens: the one that is set, else one that follows from the master key."""

from klantbeeld.log.sealing import derived
from klantbeeld.settings import Settings, master_key

PURPOSE = "access tokens"


def token_key(settings: Settings) -> bytes:
    """Makes the master key when there is none yet. Raises `SettingsError`."""
    return settings.token_key or derived(master_key(settings), PURPOSE)
