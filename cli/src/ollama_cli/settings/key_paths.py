"""The names of settings within settings: ``tasks.coding.model``.

A name that has a dot in it stands in quotes: ``prices."gpt-5.4".input``. A JSON pointer (RFC 6901)
is another way to write the same: ``/prices/gpt-5.4/input``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import click

from ollama_cli.settings.keys import SCHEMA_KEY
from ollama_cli.terminal.near import did_you_mean

KeyPath = tuple[str, ...]

_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[^."]+')
_DEEPEST = 10
_LONGEST = 60
"""The most that an error repeats of a name."""
_PLAIN = re.compile(r'[^."/\s][^."\s]*')


def parse_path(text: str, *, known: bool = True) -> KeyPath:
    """Return the names that lead to a setting.

    Args:
        text: the names.
        known: whether it must be a setting that there is.

    Raises:
        click.UsageError: it is not written as this module says, or there is no such setting.
    """
    path = _pointer(text) if text.startswith("/") else _dotted(text)
    if path is None or len(path) > _DEEPEST:
        raise click.UsageError(
            f"{text[:_LONGEST]!r} is not the name of a setting; write it as tasks.coding.model, "
            'and a name with a dot in it in quotes, as in prices."gpt-5.4".input'
        )
    if known:
        require_known(path)
    return path


def shown_path(path: Sequence[str]) -> str:
    """Return the names as ``parse_path`` takes them."""
    return ".".join(each if _is_plain(each) else json.dumps(each) for each in path)


def _is_plain(name: str) -> bool:
    return _PLAIN.fullmatch(name) is not None and name.isprintable()


def leaves(values: Mapping[str, Any], before: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield each value that is not null or an object with keys, with the names that lead to it."""
    for key, value in values.items():
        path = (*before, key)
        if isinstance(value, Mapping) and value:
            yield from leaves(value, path)
        elif value is not None:
            yield path, value


def value_at(values: Any, path: KeyPath) -> Any:
    """Return the value, ``None`` if it is not set."""
    for name in path:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def has_value(values: Any, path: KeyPath) -> bool:
    """Whether there is a value, also if it is null."""
    *above, name = path
    inner = value_at(values, tuple(above))
    return isinstance(inner, Mapping) and name in inner


def with_value(values: Mapping[str, Any], path: KeyPath, value: Any) -> dict[str, Any]:
    """Return a copy with another value; the order of the keys stays."""
    name, *rest = path
    inner = values.get(name)
    if rest:
        value = with_value(inner if isinstance(inner, Mapping) else {}, tuple(rest), value)
    return {**values, name: value}


def without_value(values: Mapping[str, Any], path: KeyPath) -> dict[str, Any]:
    """Return a copy without a value, and without the objects that are empty then."""
    name, *rest = path
    inner = without_value(values[name], tuple(rest)) if rest else {}
    return {
        key: inner if key == name else value
        for key, value in values.items()
        if key != name or inner
    }


@cache
def schema() -> dict[str, Any]:
    """Return the JSON schema of settings."""
    found: dict[str, Any] = json.loads(schema_text())
    return found


def schema_text() -> str:
    """Return the JSON schema of settings as it is published."""
    return files("ollama_cli.schemas").joinpath("settings.schema.json").read_text("utf-8")


def _dotted(text: str) -> KeyPath | None:
    parts, place = [], 0
    while match := _PART.match(text, place):
        parts.append(match[0])
        place = match.end()
        if place == len(text):
            return _unquoted(parts)
        if text[place] != ".":
            return None
        place += 1
    return None


def _unquoted(parts: Sequence[str]) -> KeyPath | None:
    try:
        return tuple(json.loads(part) if part[0] == '"' else part for part in parts)
    except ValueError:
        return None


def _pointer(text: str) -> KeyPath | None:
    if re.search("~(?![01])", text):
        return None
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/"))


def require_known(path: KeyPath) -> None:
    """Raise ``click.UsageError`` for names that the schema does not have."""
    known = schema()
    for place, name in enumerate(path):
        properties = known.get("properties", {})
        others = known.get("additionalProperties", False)
        if name in properties and (place or name != SCHEMA_KEY):
            known = properties[name]
        elif isinstance(others, Mapping):
            known = dict(others)
        else:
            names = [each for each in properties if each != SCHEMA_KEY]
            before = shown_path(path[:place])
            if not names:
                raise click.UsageError(
                    f"the setting {before} has no settings in it; a name with a dot is written in "
                    'quotes, as in aliases."gpt-5.4"'
                )
            where = f" in {before}" if before else ""
            raise click.UsageError(
                f"unknown key {name[:_LONGEST]!r}{where}{did_you_mean(name, names)}"
            )
