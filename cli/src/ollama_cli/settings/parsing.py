"""Reading the text of a settings file, and refusing what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import click

from ollama_cli.settings.keys import problem_with
from ollama_cli.terminal.visible import visible

NAME = "settings.json"
LARGEST = 1 << 20

_LONGEST = 500
_MOST_DIGITS = 100


class SettingsError(click.ClickException):
    """A settings file is broken; nothing is sent, because it may forbid what would be sent."""

    exit_code = 2

    def __init__(self, path: Path | None, problem: str) -> None:
        cut = problem if len(problem) <= _LONGEST else f"{problem[:_LONGEST]}..."
        super().__init__(f"{visible(path)}: {cut}" if path else cut)


def parsed(path: Path, data: bytes) -> Mapping[str, Any]:
    """Return the settings in the content of a file.

    Raises:
        SettingsError: it is not JSON, is too long, or has an unknown key or a wrong value.
    """
    try:
        found = _loaded(data)
    except json.JSONDecodeError as error:
        problem = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not {error.encoding} text"
    except RecursionError:
        problem = "its values are nested too deeply"
    except ValueError as error:
        problem = str(error)
    else:
        if not (wrong := problem_with(found)):
            checked: Mapping[str, Any] = found
            return checked
        problem = wrong
    raise SettingsError(path, problem)


def parsed_loosely(data: bytes) -> Mapping[str, Any]:
    """Return what can be read of the content of a settings file, whether or not it is valid."""
    try:
        found = _loaded(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _loaded(data: bytes) -> Any:
    if len(data) > LARGEST:
        raise ValueError(f"it is longer than {LARGEST >> 20} MiB")
    return json.loads(
        data.decode(json.detect_encoding(data)),
        object_pairs_hook=_without_duplicates,
        parse_int=_whole,
        parse_constant=_refuse,
    )


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is there twice")
        found[key] = value
    return found


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number has too many digits")
    return int(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
