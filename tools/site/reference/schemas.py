"""The published JSON schemas: which command writes what, and a schema as rows of a table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import click

_ENDING = ".schema.json"
_PACKAGES = {"ollama-cli": "ollama_cli.schemas", "kit": "provider_conformance.reports"}
_ALSO = {"run": ("run-events", "dry-run"), "batch": ("batch-events", "batch-dry-run")}
"""Schemas of a command besides the one that has its name."""
_WITHOUT_VERB = {"sessions": "sessions-list"}
"""Groups that do what one of their verbs does if none is named."""

Schema = Mapping[str, Any]

EXAMPLES = Path(__file__).parent / "examples"
"""What the command wrote, a file per schema; shortened."""


class Published(NamedTuple):
    """A schema that is published.

    Attributes:
        name: such as ``"sessions-list"``.
        text: the file.
        schema: what it says.
        owner: ``"ollama-cli"`` or ``"kit"``.
    """

    name: str
    text: str
    schema: Schema
    owner: str


@cache
def published() -> Mapping[str, Published]:
    """Return all schemas by name."""
    found = {}
    for owner, package in _PACKAGES.items():
        for file in sorted(files(package).iterdir(), key=lambda each: each.name):
            if file.name.endswith(_ENDING):
                name, text = file.name.removesuffix(_ENDING), file.read_text("utf-8")
                found[name] = Published(name, text, json.loads(text), owner)
    return found


def example(name: str) -> str:
    """Return an example of what follows a schema; ``""`` if the schema has no example."""
    file = EXAMPLES / f"{name}.json"
    return file.read_text("utf-8") if file.is_file() else ""


def schemas_of(command: click.Command, path: tuple[str, ...]) -> list[str]:
    """Return the names of the schemas of what a command writes with a JSON format."""
    if not any(each.name == "output_format" for each in command.params):
        return []
    name = "-".join(path)
    names = [_WITHOUT_VERB.get(name, name), *_ALSO.get(name, ())]
    return [each for each in names if each in published()]


class Field(NamedTuple):
    """A field of a schema, as a row.

    Attributes:
        path: the names that lead to it: ``[]`` is each item of an array, ``*`` any name.
        kind: its type, or its values.
        required: whether it is always there.
        meaning: its description.
        default: what counts if it is not there, as JSON; ``""`` if nothing is said.
    """

    path: str
    kind: str
    required: bool
    meaning: str
    default: str


def fields(schema: Schema, part: Schema | None = None) -> Iterator[Field]:
    """Yield the fields of a schema, in its order; what is within one follows it.

    Args:
        schema: the whole schema, in which references lead.
        part: the part whose fields are wanted, such as one of several objects.
    """
    yield from dict.fromkeys(_Reader(schema).inside(schema if part is None else part, ""))


class _Reader:
    """Reads the fields of one schema; what several fields refer to is read once."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._first: dict[str, str] = {}

    def inside(self, part: Schema, path: str) -> Iterator[Field]:
        """Yield the fields within a part."""
        if isinstance(reference := part.get("$ref"), str):
            if self._first.setdefault(reference, path) == path:
                yield from self.inside(_resolved(self._root, part), path)
            return
        for each in _variants(part):
            yield from self.inside(each, path)
        required = part.get("required", ())
        for name, about in part.get("properties", {}).items():
            yield from self._field(f"{path}.{name}".lstrip("."), about, name in required)
        if isinstance(others := part.get("additionalProperties"), Mapping):
            yield from self._field(f"{path}.*".lstrip("."), others, False)
        if isinstance(items := part.get("items"), Mapping):
            yield from self.inside(items, f"{path}[]")

    def _field(self, path: str, about: Schema, required: bool) -> Iterator[Field]:
        whole = {**_resolved(self._root, about), **about}
        default = json.dumps(whole["default"]) if "default" in whole else ""
        said = (each["description"] for each in (whole, *_variants(whole)) if "description" in each)
        meaning = " ".join([next(said, ""), *self._as_another(about)])
        yield Field(path, kind(self._root, whole), required, meaning.strip(), default)
        yield from self.inside(about, path)

    def _as_another(self, part: Schema) -> Iterator[str]:
        for each in (part, *_variants(part), part.get("items", {})):
            first = self._first.get(each.get("$ref", "")) if isinstance(each, Mapping) else None
            if first is not None:
                yield f"Its fields are those of `{first.removesuffix('[]')}`."


def _resolved(root: Schema, part: Schema) -> Schema:
    reference = part.get("$ref")
    if not isinstance(reference, str):
        return part
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _variants(part: Schema) -> Iterator[Schema]:
    for word in ("anyOf", "oneOf", "allOf"):
        yield from part.get(word, ())


def kind(root: Schema, part: Schema) -> str:
    """Return the type of a value in words, or the values that it may have."""
    whole = {**_resolved(root, part), **part}
    if "const" in whole:
        return json.dumps(whole["const"])
    if "enum" in whole:
        return ", ".join(json.dumps(each) for each in whole["enum"])
    if variants := [*_variants(whole)]:
        return " or ".join(dict.fromkeys(kind(root, each) for each in variants))
    types = whole.get("type", "any")
    names = [types] if isinstance(types, str) else list(types)
    shown = [_array(root, whole) if name == "array" else name for name in names]
    return " or ".join(shown) + _limits(whole)


def _array(root: Schema, part: Schema) -> str:
    items = part.get("items")
    return f"array of {kind(root, items)}" if isinstance(items, Mapping) else "array"


def _limits(part: Schema) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "more than", "maximum": "to"}
    return "".join(f", {word} {part[key]}" for key, word in words.items() if key in part)
