"""How an unexpected error is told: its kind and its place, never its message, which may hold personal data."""

import traceback
from pathlib import PurePath

FRAMES = 8


def place_of(error: BaseException) -> str:
    """`KeyError at orders.py:12 fold < batch.py:40 apply`: the innermost frames first."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    told = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    return " ".join([type(error).__name__, *(["at", " < ".join(told)] if told else [])])
