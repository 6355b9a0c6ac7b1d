"""Opaque state of an answer, as services send it: text that means nothing to a client."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any


def sealed(state: Any) -> str:
    """Return the state as text."""
    return b64encode(json.dumps(state, separators=(",", ":")).encode()).decode()


def unsealed(text: object) -> Any:
    """Return the state in a text.

    Raises:
        ValueError: the text was changed.
    """
    try:
        return json.loads(b64decode(str(text), validate=True))
    except ValueError:
        pass
    raise ValueError("the opaque state of an assistant's turn was changed")
