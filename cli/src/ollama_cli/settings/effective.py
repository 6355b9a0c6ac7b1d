"""The settings that count, and where each comes from: a file, a variable, or a default."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from ollama_cli.choosing.choice import PROVIDER_VARIABLE, TASKS
from ollama_cli.settings.files import Settings
from ollama_cli.settings.key_paths import KeyPath, leaves, schema, value_at
from ollama_cli.settings.keys import SCHEMA_KEY

DEFAULT = "default"


class Row(NamedTuple):
    """A setting.

    Attributes:
        path: the names that lead to it.
        value: what counts.
        source: the path of a file, the name of a variable, or ``DEFAULT``.
    """

    path: KeyPath
    value: Any
    source: str


def effective(settings: Settings) -> list[Row]:
    """Return all settings that have a value, by name; variables come before files."""
    found = {row.path: row for row in _defaults()}
    for path, value in leaves(settings.values):
        for above in range(1, len(path)):
            found.pop(path[:above], None)
        found[path] = Row(path, value, settings.sources.get(".".join(path), str(settings.path)))
    for path, variable in variables():
        if value := os.environ.get(variable, "").strip():
            found[path] = Row(path, value, variable)
    found.pop((SCHEMA_KEY,), None)
    return [found[path] for path in sorted(found)]


def effective_value(settings: Settings, path: KeyPath) -> Any:
    """Return what a variable or a file sets, which may be an object; ``None`` if nothing does."""
    for other, variable in variables():
        if path == other and (value := os.environ.get(variable, "").strip()):
            return value
    return value_at(settings.values, path)


def variable_of(path: KeyPath) -> str | None:
    """Return the environment variable that comes before a setting, or ``None``."""
    return dict(variables()).get(path)


def _defaults() -> Iterator[Row]:
    for key, about in schema()["properties"].items():
        if "default" in about:
            yield Row((key,), about["default"], DEFAULT)


def variables() -> Iterator[tuple[KeyPath, str]]:
    """Yield the settings before which an environment variable comes, each with its variable."""
    yield ("provider",), PROVIDER_VARIABLE
    for task in TASKS:
        for what in ("provider", "model"):
            yield ("tasks", task, what), f"OLLAMA_CLI_{task.upper()}_{what.upper()}"
