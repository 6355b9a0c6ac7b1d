"""The JSON values in a reply, however the protocol frames them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_LINE_END = re.compile(r"\r\n|\n|\r")


def json_values(body: bytes) -> Iterator[Any]:
    """Yield the JSON values in a body: the whole body, else those in its lines or events."""
    text = body.decode("utf-8", errors="replace")
    try:
        yield json.loads(text)
        return
    except (ValueError, RecursionError):
        pass  # not one value: probably a stream
    # Not `splitlines`, which also cuts at characters that JSON may hold within a text.
    for line in _LINE_END.split(text):
        try:
            yield json.loads(line.partition("data:")[2] or line)
        except (ValueError, RecursionError):
            continue
