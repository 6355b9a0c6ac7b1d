"""What a reply says, without the form in which its protocol says it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def json_values(body: bytes) -> Iterator[Any]:
    """Yield every JSON value in a body: the whole of it, or what its lines or events hold."""
    text = body.decode("utf-8", errors="replace")
    try:
        yield json.loads(text)
        return
    except ValueError:
        pass  # a stream: its lines are looked at one by one
    for line in text.splitlines():
        try:
            yield json.loads(line.partition("data:")[2] or line)
        except ValueError:
            continue
