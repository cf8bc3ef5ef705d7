"""The demo's story: a deterministic year of invented Dutch customers, as CloudEvents.

Only the story lives here. It reads no clock, database or network, and does not post its events.
"""

from services.demo.hero import HERO
from services.demo.story import DEFAULT_SEED, story

__all__ = ["DEFAULT_SEED", "HERO", "story"]
