"""The JSON values in a reply, however the protocol frames them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def json_values(body: bytes) -> Iterator[Any]:
    """Yield the JSON values in a body: the whole body, else those in its lines or events."""
    text = body.decode("utf-8", errors="replace")
    try:
        yield json.loads(text)
        return
    except (ValueError, RecursionError):
        pass  # not one value: probably a stream
    for line in text.splitlines():
        try:
            yield json.loads(line.partition("data:")[2] or line)
        except (ValueError, RecursionError):
            continue
