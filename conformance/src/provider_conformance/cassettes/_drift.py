"""Drift: how the shape of what a service sends has changed between two recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from provider_conformance.cassettes._cassette import Cassette, Recorded


def drift(before: Sequence[Cassette], after: Sequence[Cassette]) -> list[str]:
    """Return a sentence for every field that came, went or changed its type; values do not count.

    A field of which only ``null`` was seen once has no type yet and is not compared.
    """
    earlier = {cassette.scenario: cassette for cassette in before}
    later = {cassette.scenario: cassette for cassette in after}
    return [
        f"{name}: {words}"
        for name in sorted(earlier.keys() & later.keys())
        for words in _differences(earlier[name], later[name])
    ]


def _differences(before: Cassette, after: Cassette) -> Iterator[str]:
    old, new = _shape(before), _shape(after)
    for path in sorted(old.keys() | new.keys()):
        if path not in new:
            yield f"{path} is gone"
        elif path not in old:
            yield f"{path} is new ({_types(new[path])})"
        elif "null" not in old[path] | new[path] and old[path] != new[path]:
            yield f"{path} was {_types(old[path])} and is {_types(new[path])}"


def _shape(cassette: Cassette) -> dict[str, set[str]]:
    shape: dict[str, set[str]] = {}
    for number, exchange in enumerate(cassette.exchanges, 1):
        for path, kind in _fields(exchange, f"exchange {number}"):
            shape.setdefault(path, set()).add(kind)
    return shape


def _fields(exchange: Recorded, name: str) -> Iterator[tuple[str, str]]:
    yield f"{name} status", str(exchange.status)
    for value in _values(b"".join(exchange.chunks)):
        yield from _paths(value, f"{name} body")


def _values(body: bytes) -> Iterator[Any]:
    """Yield every JSON value in a body: the whole of it, or what its lines hold."""
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


def _paths(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, f"{path}[]")
    else:
        yield path, _kind(value)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


def _types(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))
