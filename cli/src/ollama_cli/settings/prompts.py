"""Saved prompts: Markdown files that ``-t NAME`` asks with, or ``/NAME`` in the chat."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from ollama_cli.settings.folders import settings_folder
from ollama_cli.settings.own_files import NotOwnError, read_own, require_own
from ollama_cli.settings.project import FOLDER as PROJECT_FOLDER
from ollama_cli.settings.prompt_file import LARGEST, PROMPT, Kind, SavedPrompt, parse_prompt
from ollama_cli.settings.trust import Project
from ollama_cli.terminal.near import did_you_mean

_SUFFIX = ".md"
_NAME = re.compile(r"\w[\w.-]*")


def parse_params(pairs: Sequence[str]) -> dict[str, str]:
    """Return ``NAME=VALUE`` pairs as a mapping; the last of a name counts.

    Raises:
        click.UsageError: a pair has no ``=``.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"-p takes NAME=VALUE, not {pair[:60]!r}")
        found[name.strip()] = value
    return found


class Listed(NamedTuple):
    """A saved prompt, as a list shows it.

    Attributes:
        name: its name.
        path: its file.
        description: what it is for; ``None`` if it does not say so.
        problem: why it cannot be used; ``None`` if it can.
    """

    name: str
    path: Path
    description: str | None
    problem: str | None


def load_prompt(name: str, project: Project | None, kind: Kind = PROMPT) -> SavedPrompt:
    """Return the saved prompt of this name: the project's, or else the user's.

    Args:
        name: the name.
        project: the project, if it is trusted.
        kind: what it is for.

    Raises:
        click.UsageError: no prompt has this name, or its file has the wrong form, or others can
            write to it.
    """
    if not _NAME.fullmatch(name):
        raise click.UsageError(
            f"{name!r} is not the name of a {kind.noun}, which is that of its file without .md"
        )
    theirs = _of_project(project, kind)
    path = next((path for path in theirs if path.stem == name), None)
    if path is not None:
        return parse_prompt(name, path, theirs[path], kind)
    folder = user_folder(kind)
    path = folder / f"{name}{_SUFFIX}" if folder else None
    if path and (data := _read(path)) is not None:
        return parse_prompt(name, path, data, kind)
    names = [each.stem for each in _files(theirs, kind)]
    hint = did_you_mean(name, names, "there are")
    if path and not names:
        hint = f"; write one as {path}"
    raise click.UsageError(f"no {kind.noun} is called {name!r}{hint}")


def list_prompts(project: Project | None, kind: Kind = PROMPT) -> list[Listed]:
    """Return all saved prompts by name; one of the project hides the user's own.

    Args:
        project: the project, if it is trusted.
        kind: what they are for.
    """
    theirs = _of_project(project, kind)
    return [_listed(path, theirs.get(path), kind) for path in _files(theirs, kind)]


def _listed(path: Path, content: bytes | None, kind: Kind) -> Listed:
    """Return a saved prompt for a list.

    Args:
        path: its file.
        content: what is in it; ``None`` if the file is the user's.
        kind: what it is for.
    """
    description, problem = None, None
    try:
        if (data := _read(path) if content is None else content) is None:
            problem = "it was deleted just now"
        else:
            description = parse_prompt(path.stem, path, data, kind).description
    except click.UsageError as error:
        problem = error.message.removeprefix(f"{path}: ")
    return Listed(path.stem, path, description, problem)


def _files(theirs: Mapping[Path, bytes], kind: Kind) -> list[Path]:
    folder = user_folder(kind)
    try:
        own = list(folder.iterdir()) if folder else []
    except OSError:
        own = []
    found = {path.stem: path for path in (*own, *theirs) if _is_prompt(path)}
    return [found[name] for name in sorted(found)]


def _of_project(project: Project | None, kind: Kind) -> dict[Path, bytes]:
    """Return the content of each saved prompt of a project, by its path."""
    if project is None:
        return {}
    folder = project.root / PROJECT_FOLDER / kind.folder
    files = {project.root / name: data for name, data in project.files.items()}
    return {
        path: data for path, data in files.items() if path.parent == folder and _is_prompt(path)
    }


def _is_prompt(path: Path) -> bool:
    return path.suffix == _SUFFIX and _NAME.fullmatch(path.stem) is not None


def user_folder(kind: Kind = PROMPT) -> Path | None:
    """Return where the user's own are; ``None`` if there is no home folder."""
    folder = settings_folder()
    return folder / kind.folder if folder else None


def _read(path: Path) -> bytes | None:
    """Return the content of a file of the user's, ``None`` if the file is missing."""
    try:
        data = read_own(path, LARGEST)
        require_own(path.parent.parent.stat(), "the settings folder")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except NotOwnError as error:
        problem = f"it is ignored, because {error}"
    except OSError as error:
        problem = f"it cannot be read: {error.strerror or error}"
    else:
        return data
    raise click.UsageError(f"{path}: {problem}")
