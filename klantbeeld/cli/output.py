"""How commands speak: data on stdout, messages on stderr."""

import json
import sys
from typing import Any


def data(text: str) -> None:
    print(text)


def json_data(content: Any) -> None:
    """One JSON document; instants and paths as text."""
    print(json.dumps(content, indent=2, ensure_ascii=False, default=str, allow_nan=False))


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
