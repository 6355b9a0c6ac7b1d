"""Finding the project: the nearest folder with ``.ollama``. Nothing in it is read here."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ollama_cli.settings.folders import NAME
from ollama_cli.settings.own_files import NotOwnError, require_own
from ollama_cli.terminal.visible import visible

FOLDER = ".ollama"
ENV_FILE = ".env"
SETTINGS_FILE = f"{FOLDER}/{NAME}"

_MOST_LOOKED_AT = 200


class Found(NamedTuple):
    """The project of a working directory.

    Attributes:
        root: the folder that holds ``.ollama``, without links; ``None`` if there is no project.
        note: why one is ignored, for standard error; ``""`` if none is.
    """

    root: Path | None
    note: str = ""


def find_project(start: str | os.PathLike[str] | None = None) -> Found:
    """Return the project of a folder, by default of the working directory.

    It is the nearest folder with ``.ollama``, up to the root of the repository. The home folder
    is never one, nor what is above it: the ``.ollama`` there belongs to Ollama itself, which keeps
    keys in it. A folder that cannot be reached is in no project.
    """
    try:
        here = Path.cwd() if start is None else Path(os.path.realpath(start, strict=True))
    except (OSError, ValueError):
        return Found(None)
    homes = _homes()
    for folder in (here, *here.parents):
        if folder in homes or folder == folder.parent:
            break
        facts = _facts(folder / FOLDER)
        if facts is not None and not stat.S_ISREG(facts.st_mode):
            problem = _problem(folder, facts)
            if problem:
                return Found(None, f"{visible(folder / FOLDER)} is ignored, because {problem}")
            return Found(folder)
        if _facts(folder / ".git") is not None:  # a file in a worktree or submodule
            break
    return Found(None)


def leads_out(root: Path, path: str | os.PathLike[str]) -> bool:
    """Whether a path leads out of the project, links followed; one that leads nowhere does."""
    try:
        return not Path(os.path.realpath(path, strict=True)).is_relative_to(root)
    except (OSError, ValueError):
        return True


def offers_something(root: Path) -> bool:
    """Whether there is a file that trust would enable; whether it is valid is not looked at."""
    try:
        if os.lstat(root / ENV_FILE).st_size:
            return True
    except OSError:
        pass  # it does not exist
    folders, left = [root / FOLDER], _MOST_LOOKED_AT
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    left -= 1
                    if not left or (not entry.is_dir() and not entry.name.startswith(".")):
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
        except OSError:
            continue  # what cannot be read enables nothing
    return False


def _facts(path: Path) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (OSError, ValueError):
        return None


def _problem(root: Path, facts: os.stat_result) -> str:
    try:
        if stat.S_ISLNK(facts.st_mode):
            if leads_out(root, root / FOLDER):
                return "it is a link that leads out of the project"
            facts = (root / FOLDER).stat()
        if not stat.S_ISDIR(facts.st_mode):
            return "it is not a folder"
        require_own(facts, "it")
        require_own(os.lstat(root), "its folder")
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    except NotOwnError as error:
        return str(error)
    return ""


def _homes() -> set[Path]:
    """Return the home folder that is set, and the user's own if that is another."""
    found: set[Path] = set()
    with suppress(RuntimeError):  # nobody knows it
        found.add(Path.home())
    if sys.platform != "win32":
        import pwd

        with suppress(KeyError):  # a container may run as a user whom it does not know
            found.add(Path(pwd.getpwuid(os.getuid()).pw_dir))
    return {Path(os.path.realpath(home)) for home in found if home.is_absolute()}
