"""Damages a body: one random part is missing, of another type, or cut off."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

_OTHER_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "text",
    [],
    {},
    [None],
    {"a": None},
)
_OTHER_BYTES = (b"", b"-1", b"1e999", b"9" * 5000, b"text", b"%zz", b"\xff")
_REMOVE = object()


def mangled(body: bytes, rng: random.Random) -> bytes:
    """Return a body with one random part damaged; most JSON stays JSON."""
    try:
        value = json.loads(body)
    except ValueError:
        return rng.choice((_with_bytes_damaged, _with_word_replaced))(body, rng)
    if rng.random() < 0.2:
        return _with_bytes_damaged(body, rng)
    places = list(_places_in_json(value))
    holder, key = rng.choice(places)
    other = rng.choice([*_OTHER_VALUES, _REMOVE])
    if other is _REMOVE:
        del holder[key]
    else:
        holder[key] = other
    return json.dumps(value).encode()


def _places_in_json(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a JSON value, as a container and a key or index."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places_in_json(inner)


def _with_bytes_damaged(body: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(body))
    if rng.random() < 0.5:
        return body[:start]
    return body[:start] + rng.randbytes(3) + body[start + 1 :]


def _with_word_replaced(body: bytes, rng: random.Random) -> bytes:
    """Return a text with one word, or what is between two words, replaced."""
    parts = re.split(rb"(\W+)", body)
    parts[rng.randrange(len(parts))] = rng.choice(_OTHER_BYTES)
    return b"".join(parts)
