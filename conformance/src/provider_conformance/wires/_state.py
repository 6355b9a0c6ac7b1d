"""Opaque state of an answer, as services send it: text that means nothing to a client."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any


def sealed(state: Any) -> str:
    """Return the state as text, which ends with padding, as half of all signatures do."""
    text = json.dumps(state, separators=(",", ":"))
    return b64encode(f"{text}{' ' * (len(text) % 3 == 0)}".encode()).decode()


def unsealed(text: Any) -> Any:
    """Return the state in a text; a text that was changed is returned as it is."""
    try:
        return json.loads(b64decode(text, validate=True))
    except (TypeError, ValueError):
        return text
