"""Drift: how the shape of a service's replies has changed between two recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from provider_conformance.cassettes._cassette import Cassette, Recorded
from provider_conformance.wires import json_values

Reader = Callable[[bytes], Iterable[Any]]
Shape = dict[str, set[str]]


class UnreadableCassetteError(ValueError):
    """A recording cannot be decoded for a comparison; the message says what to do."""


def drift(
    before: Sequence[Cassette], after: Sequence[Cassette], read: Reader = json_values
) -> list[str]:
    """Return a sentence for every field that is new, is gone or has changed its type.

    Values are not compared, nor are the types of a field that was ever ``null``.

    Args:
        before: the older recording.
        after: the newer one.
        read: decodes a body into plain JSON types, as ``Wire.values`` does.

    Raises:
        UnreadableCassetteError: ``read`` finds nothing in a successful reply.
    """
    earlier = {cassette.scenario: cassette for cassette in before}
    later = {cassette.scenario: cassette for cassette in after}
    return [
        f"{name}: {difference}"
        for name in sorted(earlier.keys() & later.keys())
        for difference in _differences(_shape(earlier[name], read), _shape(later[name], read))
    ]


def _differences(old: Shape, new: Shape) -> Iterator[str]:
    for path in sorted(old.keys() | new.keys()):
        if path not in new:
            yield f"{path} is gone"
        elif path not in old:
            yield f"{path} is new ({_types(new[path])})"
        elif "null" not in old[path] | new[path] and old[path] != new[path]:
            yield f"{path} was {_types(old[path])} and is {_types(new[path])}"


def _shape(cassette: Cassette, read: Reader) -> Shape:
    shape: Shape = {}
    for number, exchange in enumerate(cassette.exchanges, 1):
        name = f"exchange {number}"
        try:
            found = list(_fields(exchange, name, read))
        except RecursionError:
            found = []
        if not found:
            raise UnreadableCassetteError(f"{name} of {cassette.scenario} is nested too deeply")
        for path, kind in found:
            shape.setdefault(path, set()).add(kind)
    return shape


def _fields(exchange: Recorded, name: str, read: Reader) -> Iterator[tuple[str, str]]:
    yield f"{name} status", str(exchange.status)
    body = b"".join(exchange.chunks)
    values = list(read(body))
    if body and not values and exchange.status < 300:
        # Without an error the comparison would find no drift.
        raise UnreadableCassetteError(
            f"{name} of a recording holds no JSON; name the harness whose wire can read it"
        )
    for value in values:
        yield from _paths(value, f"{name} body")


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
