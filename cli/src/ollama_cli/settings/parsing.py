"""Reading the text of a settings file, and refusing what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import click

from ollama_cli.settings.folders import NAME as NAME
from ollama_cli.settings.keys import problem_with
from ollama_cli.terminal.visible import visible

LARGEST = 1 << 20

_LONGEST = 500
_MOST_DIGITS = 100


class SettingsError(click.ClickException):
    """A settings file is broken; nothing is sent, because it may forbid what would be sent.

    Attributes:
        problem: the message without the path of the file.
    """

    exit_code = 2

    def __init__(self, path: Path | None, problem: str) -> None:
        self.problem = problem if len(problem) <= _LONGEST else f"{problem[:_LONGEST]}..."
        super().__init__(f"{visible(path)}: {self.problem}" if path else self.problem)


def parsed(path: Path, data: bytes) -> Mapping[str, Any]:
    """Return the settings in the content of a file.

    Raises:
        SettingsError: it is not JSON, is too long, or has an unknown key or a wrong value.
    """
    found = read_json(path, data)
    if wrong := problem_with(found):
        raise SettingsError(path, wrong)
    checked: Mapping[str, Any] = found
    return checked


def read_json(path: Path, data: bytes) -> Any:
    """Return the JSON in the content of a file, whether or not its keys and values are right.

    Raises:
        SettingsError: it is not JSON, or is too long.
    """
    try:
        return _loaded(data)
    except json.JSONDecodeError as error:
        problem = f"line {error.lineno}, column {error.colno}: {error.msg}{_reminder(error)}"
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not {error.encoding} text"
    except RecursionError:
        problem = "its values are nested too deeply"
    except ValueError as error:
        problem = str(error)
    raise SettingsError(path, problem)


def _reminder(error: json.JSONDecodeError) -> str:
    """Return what other programs permit in their settings, if that is what is wrong."""
    if error.doc.startswith(("//", "/*", "#"), error.pos):
        return "; JSON has no comments"
    before = error.doc[: error.pos].rstrip()
    if before.endswith(",") and error.doc.startswith(("}", "]"), error.pos):
        return "; JSON has no comma before a closing bracket"
    return ""


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
