"""Shapes as a file: what was seen of a service, without what it said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from provider_conformance._files import write_files
from provider_conformance._reading import parse_json, read_bytes
from provider_conformance.shapes._fields import Field, is_below, is_word, plain
from provider_conformance.shapes._shapes import Part, PartName, Shapes

SCHEMA = "provider-conformance-shapes/1"

_MAP = "map"
"""Stands among the types of an object whose keys are content."""

_LISTS = ("hosts", "days", "headers")
_PART_LISTS = ("statuses", "content_types", "events")


def write_shapes(shapes: Shapes, scripted: Shapes, file: Path) -> None:
    """Write the shapes of a service.

    Words are kept only where a wire scripts words too, and nothing of a map whose keys the wire
    makes up: elsewhere they might be content.

    Raises:
        OSError: the file cannot be written.
    """
    data = {
        "schema": SCHEMA,
        "exchanges": shapes.exchanges,
        **{name: sorted(getattr(shapes, name)) for name in _LISTS},
        "parts": {
            name: _part_data(part, scripted.parts.get(name, Part()))
            for name, part in sorted(shapes.parts.items())
        },
    }
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    write_files({file: text.encode("utf-8", "backslashreplace")})


def load_shapes(file: Path) -> Shapes:
    """Return the shapes in a file.

    Raises:
        ValueError: it is not a file of shapes; the message says why.
    """
    try:
        return _shapes_of(parse_json(read_bytes(file)))
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except ValueError as error:
        problem = f"is not a file of shapes: {error}"
    raise ValueError(f"{file} {problem}")


def _part_data(part: Part, scripted: Part) -> dict[str, Any]:
    free = {plain(path) for path, found in scripted.fields.items() if found.is_free}
    enumerations = {plain(path) for path, found in scripted.fields.items() if found.words}
    fields = {
        path: found
        for path, found in sorted(part.fields.items())
        if plain(path) in free or not is_below(plain(path), free)
    }
    return {
        "replies": part.replies,
        **{name: sorted(getattr(part, name)) for name in _PART_LISTS},
        "fields": {path: _type_names(found) for path, found in fields.items()},
        "words": {
            path: sorted(found.words)
            for path, found in fields.items()
            if found.words and plain(path) in enumerations
        },
    }


def _type_names(found: Field) -> list[str]:
    return sorted(found.types | ({_MAP} if found.is_free else set()))


def _shapes_of(data: Any) -> Shapes:
    whole = _object(data, "it")
    if whole.get("schema") != SCHEMA:
        raise ValueError(f"its schema is not {SCHEMA}")
    parts = _object(whole.get("parts"), "parts")
    if unknown := sorted(parts.keys() - get_args(PartName)):
        raise ValueError(f"it has a part {unknown[0]!r}, which is unknown")
    found = {
        name: _part_of(_object(parts[name], name)) for name in get_args(PartName) if name in parts
    }
    if not any(part.fields for part in found.values()):
        raise ValueError("it holds no field of any reply, so nothing can be compared with it")
    return Shapes(
        exchanges=_count(whole, "exchanges"),
        hosts=_texts(whole, "hosts"),
        days=_texts(whole, "days"),
        headers=_texts(whole, "headers"),
        parts=found,
    )


def _part_of(data: Mapping[str, Any]) -> Part:
    words = _object(data.get("words"), "words")
    statuses = data.get("statuses")
    if not isinstance(statuses, list) or not all(type(one) is int for one in statuses):
        raise ValueError("'statuses' is not a list of numbers")
    part = Part(_count(data, "replies"), set(statuses))
    part.content_types, part.events = _texts(data, "content_types"), _texts(data, "events")
    for path in _object(data.get("fields"), "fields"):
        types = _texts(data["fields"], path)
        found = Field(types - {_MAP}, is_open=path not in words, is_free=_MAP in types)
        if path in words:
            found.words = {word for word in _texts(words, path) if is_word(word)}
        part.fields[path] = found
    return part


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def _texts(data: Mapping[str, Any], name: str) -> set[str]:
    value = data.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{name!r} is not a list of texts")
    return set(value)


def _count(data: Mapping[str, Any], name: str) -> int:
    value = data.get(name)
    if type(value) is not int or value < 0:
        raise ValueError(f"{name!r} is not a number")
    return value
