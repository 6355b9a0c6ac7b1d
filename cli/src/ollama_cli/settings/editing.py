"""Changing the user's settings file: checked as a whole first, then replaced as a whole."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ollama_cli.choosing.routing import make_router
from ollama_cli.settings.files import NAME, Settings, SettingsError
from ollama_cli.settings.folders import SETTINGS_VARIABLE, settings_folder
from ollama_cli.settings.own_files import NotOwnError, locked, read_own, require_own, write_own
from ollama_cli.settings.parsing import LARGEST, parsed, read_json

_MOST_LINKS = 40

Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def user_file() -> Path:
    """Return where the user's settings file is, or would be.

    Raises:
        SettingsError: there is no home folder.
    """
    folder = settings_folder()
    if folder is None:
        raise SettingsError(None, f"there is no home folder for settings; set {SETTINGS_VARIABLE}")
    return folder / NAME


def change_settings(change: Change) -> None:
    """Replace the settings by what ``change`` makes of them.

    Nobody else of this command changes them meanwhile. The file gets mode 0600; a link to it stays,
    and the file that it leads to is replaced.

    Args:
        change: takes the keys and values of the file, and returns others.

    Raises:
        SettingsError: the file is broken, is not the user's own, or cannot be written; or what
            ``change`` returns has an unknown key or a wrong value. The file is as before then.
    """
    path = user_file()
    problem = ""
    try:
        with changing(path) as file:
            before = _mapping(path, current_content(file))
            content = _to_json(change(before))
            check_content(path, content)
            if content != _to_json(before):
                write_own(file, content)
    except (OSError, NotOwnError) as error:
        problem = not_changed(error)
    except RecursionError:
        problem = "its values would be nested too deeply"
    if problem:
        raise SettingsError(path, problem)


def check_content(path: Path, content: bytes) -> None:
    """Raise ``SettingsError`` unless the content of a settings file could be used."""
    values = parsed(path, content)
    make_router(Settings(values, path, user=values))


def not_changed(error: OSError | NotOwnError) -> str:
    """Return why the file stays as it is."""
    if isinstance(error, OSError):
        return f"it cannot be changed: {error.strerror or error}"
    return f"it is not changed, because {error}; 'chmod go-w' takes that permission away"


@contextmanager
def changing(path: Path) -> Iterator[Path]:
    """Keep others of this command from changing a file; give the file that its links lead to.

    Raises:
        NotOwnError, OSError: as ``locked``, or the links cannot be followed.
    """
    with locked(Path(os.path.realpath(path.parent)) / path.name):
        yield linked_file(path)


def current_content(file: Path) -> bytes | None:
    """Return the content of the file, ``None`` if the file is missing.

    Raises:
        NotOwnError, OSError: as ``read_own``.
    """
    try:
        return read_own(file, LARGEST)
    except FileNotFoundError:
        return None


def linked_file(path: Path) -> Path:
    """Return the file that a path leads to: people link settings to where they keep them.

    Raises:
        NotOwnError: somebody else could have made one of the links.
        OSError: they lead in a circle.
    """
    for _ in range(_MOST_LINKS):
        path = Path(os.path.realpath(path.parent)) / path.name
        if not path.is_symlink():
            return path
        folder = path.parent.stat()
        if not folder.st_mode & stat.S_ISVTX:  # there, only its owner can replace a link
            require_own(folder, f"the folder {path.parent}")
        elif sys.platform != "win32" and path.lstat().st_uid not in (0, os.geteuid()):
            raise NotOwnError(f"the link {path} belongs to another user")
        path = path.parent / path.readlink()
    raise OSError("its links lead in a circle")


def _to_json(values: Mapping[str, Any]) -> bytes:
    text = json.dumps(values, indent=2, ensure_ascii=False)
    return f"{text}\n".encode(errors="backslashreplace")  # as JSON writes half a surrogate pair


def _mapping(path: Path, content: bytes | None) -> Mapping[str, Any]:
    if content is None or not content.strip():
        return {}
    problem = "settings are one JSON object"
    try:
        found = read_json(path, content)
    except SettingsError as error:
        problem = error.problem
    else:
        if isinstance(found, Mapping):
            return found
    raise SettingsError(path, f"{problem}; mend it with 'ollama-cli config edit'")
