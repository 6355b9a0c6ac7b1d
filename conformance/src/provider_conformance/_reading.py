"""Reads files that the kit did not write itself, within limits."""

from __future__ import annotations

import json
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MOST_BYTES = 64 * 1024 * 1024
"""Size from which a file is refused."""

DEEPEST = 100
"""Levels to which JSON or TOML may be nested. Readers recurse, and Python limits how deeply."""


def read_bytes(file: Path) -> bytes:
    """Return the content of a regular file.

    Raises:
        ValueError: it is not a regular file, or it is too large.
        OSError: it cannot be read.
    """
    # Reading a pipe or a device might never end. A folder fails by itself.
    kind = file.stat().st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise ValueError("it is not a regular file")
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES // 1024**2} MB")
    return content


def read_text(file: Path) -> str:
    """Return the text of a regular file in UTF-8.

    Raises:
        ValueError: it is not a regular file, not UTF-8, or too large.
        OSError: it cannot be read.
    """
    return _decoded(read_bytes(file))


def parse_json(body: bytes) -> Any:
    """Return what JSON in UTF-8 holds.

    Raises:
        ValueError: it is not JSON, or it is nested too deeply.
    """
    text = _decoded(body)
    try:
        value = json.loads(text)
    except RecursionError:
        value = _TOO_DEEP
    except json.JSONDecodeError:
        raise
    except ValueError:
        value = _TOO_LONG
    if value is _TOO_LONG:
        raise ValueError("it holds a number of thousands of digits")
    return _checked_depth(value)


def read_toml(file: Path) -> Mapping[str, Any]:
    """Return what a TOML file holds.

    Raises:
        ValueError: it is not TOML, or it is nested too deeply or too large.
        OSError: it cannot be read.
    """
    text = read_text(file)
    value: Any
    try:
        value = tomllib.loads(text)
    except RecursionError:
        value = _TOO_DEEP
    return dict(_checked_depth(value))


def read_tables(file: Path, name: str) -> list[Mapping[str, Any]]:
    """Return the entries of a TOML file that holds nothing but ``[[name]]`` tables.

    Raises:
        ValueError: the file cannot be read, is not TOML, or holds anything else.
    """
    try:
        whole = read_toml(file)
    except OSError as error:
        problem = f"{name}s: {file} cannot be read: {error.strerror}"
    except ValueError as error:
        problem = f"{file.name} is not TOML: {error}"
    else:
        entries = whole.get(name, [])
        listed = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
        if listed and whole.keys() <= {name}:
            return list(entries)
        problem = f"{file.name}: each entry stands below a line [[{name}]], and nothing else may"
    raise ValueError(problem)


_TOO_DEEP = object()
_TOO_LONG = object()


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"it is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}"
    raise ValueError(problem)


def _checked_depth(value: Any) -> Any:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST or value is _TOO_DEEP:
            raise ValueError(f"it is nested more than {DEEPEST} levels deep")
        level = [item for one in level for item in _items(one)]
    return value


def _items(value: Any) -> list[Any]:
    items = value.values() if isinstance(value, dict) else value
    return list(items) if isinstance(value, dict | list) else []
