"""Compares JSON that was read with a published schema.

Only what the schemas of this package use of JSON Schema is understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from provider_conformance._text import clip, repr_of

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_LONGEST = 80


def violation(value: Any, schema: str) -> str | None:
    """Return the first thing in a value that a schema of this package does not allow, if any."""
    return next(_violations(value, _read(schema), ""), None)


@cache
def _read(name: str) -> Mapping[str, Any]:
    file = files("provider_conformance.reports") / name
    found: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def _violations(value: Any, schema: Mapping[str, Any], place: str) -> Iterator[str]:
    if problem := next((why for rule, why in _RULES if not rule(value, schema)), None):
        shown = clip(repr_of(value), _LONGEST)
        yield f"{place or 'it'} {problem}: {shown}"
    elif isinstance(value, dict):
        yield from _violations_of_object(value, schema, place)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _violations(item, schema.get("items", {}), f"{place}[{number}]")


def _violations_of_object(
    value: Mapping[str, Any], schema: Mapping[str, Any], place: str
) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place or 'it'} lacks {name}"
    known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    for name, item in value.items():
        inner = known.get(name, others)
        if inner is False:
            yield f"{place or 'it'} has the unknown key {clip(repr_of(name), _LONGEST)}"
        else:
            yield from _violations(item, inner, f"{place}.{name}".lstrip("."))


def _has_type(value: Any, schema: Mapping[str, Any]) -> bool:
    names = schema.get("type", ())
    names = [names] if isinstance(names, str) else names
    # In Python, but not in JSON, true and false are numbers too.
    is_odd = isinstance(value, bool) and "boolean" not in names
    return not names or (not is_odd and any(isinstance(value, _TYPES[name]) for name in names))


def _is_listed(value: Any, schema: Mapping[str, Any]) -> bool:
    listed: Sequence[Any] | None = schema.get("enum")
    if "const" in schema:
        listed = [schema["const"]]
    return listed is None or value in listed


def _is_large(value: Any, schema: Mapping[str, Any]) -> bool:
    if isinstance(value, str | list):
        least: int = schema.get("minLength", schema.get("minItems", 0))
        return len(value) >= least
    return not isinstance(value, int) or value >= int(schema.get("minimum", value))


def _fits_pattern(value: Any, schema: Mapping[str, Any]) -> bool:
    return not isinstance(value, str) or bool(re.search(schema.get("pattern", ""), value))


def _is_unique(value: Any, schema: Mapping[str, Any]) -> bool:
    if not isinstance(value, list) or not schema.get("uniqueItems"):
        return True
    return len({json.dumps(item, sort_keys=True) for item in value}) == len(value)


_RULES: tuple[tuple[Callable[[Any, Mapping[str, Any]], bool], str], ...] = (
    (_has_type, "has the wrong type"),
    (_is_listed, "is not one of the known values"),
    (_is_large, "is too small"),
    (_fits_pattern, "does not have the right form"),
    (_is_unique, "repeats an item"),
)
