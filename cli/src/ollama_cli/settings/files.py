"""Reading ``settings.json`` in the user's settings folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import click

from ollama_cli.settings.folders import settings_folder
from ollama_cli.settings.keys import problem_with
from ollama_cli.settings.own_files import NotOwnError, read_own

NAME = "settings.json"

_LARGEST = 1 << 20
_LONGEST = 500
_MOST_DIGITS = 100


class SettingsError(click.ClickException):
    """A settings file is broken; nothing is sent, because it may forbid what would be sent."""

    exit_code = 2

    def __init__(self, path: Path | None, problem: str) -> None:
        cut = problem if len(problem) <= _LONGEST else f"{problem[:_LONGEST]}..."
        super().__init__(f"{path}: {cut}" if path else cut)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the settings file says.

    Attributes:
        values: its keys and values.
        path: where it is; ``None`` if there is none.
        note: why it is ignored, for standard error; ``""`` if it is not.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    path: Path | None = None
    note: str = ""


def read_settings() -> Settings:
    """Return the user's settings, which are empty if there is no file.

    Raises:
        SettingsError: the file cannot be read, is not JSON, or has an unknown key or a wrong value.
    """
    folder = settings_folder()
    path = folder / NAME if folder else None
    if path is None:
        return Settings()
    try:
        data = read_own(path, _LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except NotOwnError as error:
        return Settings(note=f"{path} is ignored, because {error}")
    except OSError as error:
        problem = f"it cannot be read: {error.strerror or error}"
    else:
        return Settings(_checked(path, data), path)
    raise SettingsError(path, problem)


def _checked(path: Path, data: bytes) -> Mapping[str, Any]:
    if len(data) > _LARGEST:
        raise SettingsError(path, f"it is longer than {_LARGEST >> 20} MiB")
    try:
        found = json.loads(
            data.decode(json.detect_encoding(data)),
            object_pairs_hook=_without_duplicates,
            parse_int=_whole,
            parse_constant=_refuse,
        )
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
