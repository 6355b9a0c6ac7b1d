"""Saved prompts: Markdown files that ``-t NAME`` asks with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ollama_cli.near import did_you_mean
from ollama_cli.settings.folders import settings_folder
from ollama_cli.settings.own_files import NotOwnError, read_own, require_own
from ollama_cli.settings.prompt_file import LARGEST, SavedPrompt, parse_prompt

FOLDER = "prompts"
"""Where they are, in the settings folder and in the folder ``.ollama`` of a project."""

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


def load_prompt(name: str, project: Mapping[Path, bytes]) -> SavedPrompt:
    """Return the saved prompt of this name: the project's, or else the user's.

    Args:
        name: the name.
        project: the content of each file in the folder ``prompts`` of a project that is trusted.

    Raises:
        click.UsageError: there is none, or its file is not in the form that it must have, or others
            can write to it.
    """
    if not _NAME.fullmatch(name):
        raise click.UsageError(
            f"{name!r} is not the name of a saved prompt, which is that of its file without .md"
        )
    for path, data in project.items():
        if path.name == f"{name}{_SUFFIX}":
            return parse_prompt(name, path, data)
    folder = _user_folder()
    wanted = folder / f"{name}{_SUFFIX}" if folder else None
    if wanted and (own := _read(wanted)) is not None:
        return parse_prompt(name, wanted, own)
    names = [path.stem for path in prompt_files(project)]
    hint = did_you_mean(name, names, "there are")
    if wanted and not names:
        hint = f"; write one as {wanted}"
    raise click.UsageError(f"no saved prompt is called {name!r}{hint}")


def prompt_files(project: Mapping[Path, bytes]) -> list[Path]:
    """Return the files of all saved prompts, by name; one of the project hides the user's own."""
    folder = _user_folder()
    try:
        own = list(folder.iterdir()) if folder else []
    except OSError:
        own = []
    found = {path.stem: path for path in (*own, *project) if _is_prompt(path)}
    return [found[name] for name in sorted(found)]


def _is_prompt(path: Path) -> bool:
    return path.suffix == _SUFFIX and _NAME.fullmatch(path.stem) is not None


def _user_folder() -> Path | None:
    folder = settings_folder()
    return folder / FOLDER if folder else None


def _read(path: Path) -> bytes | None:
    """Return the content of a file of the user's, ``None`` if there is none."""
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
