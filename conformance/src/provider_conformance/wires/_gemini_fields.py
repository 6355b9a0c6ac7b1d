"""Reads objects of a request as strictly as the service: by name, in either case."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

_SNAKE = re.compile(r"(?<=[a-z0-9])_([a-z])")


def camel_case(name: str) -> str:
    """Return the name of a field in camel case; the service takes both."""
    return _SNAKE.sub(lambda found: found[1].upper(), name)


def fields(value: Any, place: str, known: Collection[str]) -> dict[str, Any]:
    """Return the fields of an object, without those that are null.

    Raises:
        ValueError: it is not an object, or has a field that is not known.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"Invalid value at '{place}': an object is required")
    found = {camel_case(name): item for name, item in value.items() if item is not None}
    if unknown := sorted(found.keys() - set(known)):
        raise ValueError(
            f"Invalid JSON payload received. Unknown name {unknown[0]!r} at '{place}': "
            "Cannot find field."
        )
    return found


def items(value: Any, place: str) -> list[Any]:
    """Return a list; a field that is missing is an empty one.

    Raises:
        ValueError: it is not a list.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"Invalid value at '{place}': a list is required")
    return value


def text(value: Any, place: str) -> str:
    """Return a text.

    Raises:
        ValueError: it is not one.
    """
    if not isinstance(value, str):
        raise ValueError(f"Invalid value at '{place}' (TYPE_STRING)")
    return value
