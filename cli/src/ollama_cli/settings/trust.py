"""Which projects the user trusts: ``trust.json`` in the data folder, and the project in use."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from ollama_cli.settings.folders import data_folder
from ollama_cli.settings.own_files import NotOwnError, locked, read_own, write_own
from ollama_cli.settings.parsing import parsed
from ollama_cli.settings.project import SETTINGS_FILE, find_project, leads_out, offers_something
from ollama_cli.settings.snapshot import Snapshot, SnapshotError, take_snapshot
from ollama_cli.terminal.visible import visible

STORE = "trust.json"

_LARGEST = 4 << 20
_WHAT = "so nothing in it is used: no settings, .env, hook, status line, prompt or slash command"


class TrustError(click.ClickException):
    """The list of trusted projects cannot be read or written."""


class Trusted(NamedTuple):
    """What was trusted.

    Attributes:
        digest: that of the project's snapshot.
        at: when, in UTC.
    """

    digest: str
    at: str


@dataclass(frozen=True, slots=True)
class Project:
    """A project that is trusted as it is now.

    Attributes:
        snapshot: what was read of it; nothing in it is read a second time.
        settings: what its settings file says.
    """

    snapshot: Snapshot
    settings: Mapping[str, Any]

    @property
    def root(self) -> Path:
        """Return its folder."""
        return self.snapshot.root

    @property
    def files(self) -> Mapping[str, bytes]:
        """Return the content of its files by their names, such as ``.ollama/prompts/x.md``."""
        return self.snapshot.files

    def is_unchanged(self) -> bool:
        """Whether it still is what was trusted; it is read again for that."""
        try:
            return take_snapshot(self.root).digest == self.snapshot.digest
        except SnapshotError:
            return False


class Looked(NamedTuple):
    """What was found where the command runs.

    Attributes:
        project: the project, if it is trusted.
        notes: what is ignored and why, for standard error.
    """

    project: Project | None
    notes: tuple[str, ...] = ()


def trusted_project(start: str | os.PathLike[str] | None = None) -> Looked:
    """Return the project of a folder, by default of the working directory, if it is trusted.

    Raises:
        SettingsError: it is trusted, and its settings are broken.
    """
    root, note = find_project(start)
    if root is None:
        return Looked(None, (note,) if note else ())
    try:
        known = trusted_projects().get(str(root))
    except TrustError as error:
        return Looked(None, (f"no project is trusted, because {error.message}",))
    if known is None or not _is_outside(root):
        return Looked(None, (_untrusted(root, "is not trusted"),) if offers_something(root) else ())
    try:
        snapshot = take_snapshot(root)
    except SnapshotError as error:
        return Looked(None, (_untrusted(root, f"is not trusted any more, because {error}"),))
    if snapshot.digest != known.digest:
        return Looked(None, (_untrusted(root, "has changed since it was trusted"),))
    content = snapshot.files.get(SETTINGS_FILE)
    settings = {} if content is None else parsed(root / SETTINGS_FILE, content)
    return Looked(Project(snapshot, settings), snapshot.notes)


def trusted_projects() -> dict[str, Trusted]:
    """Return what was trusted, by the path of the project.

    Raises:
        TrustError: the list is damaged, or somebody else could have written it.
    """
    path = _store()
    if path is None:
        return {}
    try:
        content = read_own(path, _LARGEST, follow_links=False)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except NotOwnError as error:
        problem = f"{path} is ignored: {error}"
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror or error}"
    else:
        if (found := _listed(content)) is not None:
            return found
        problem = f"{path} is damaged; delete it, and trust your projects again"
    raise TrustError(problem)


def trust(snapshot: Snapshot) -> None:
    """Trust a project as it was read.

    Raises:
        TrustError: that cannot be stored.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with _changing() as found:
        found[str(snapshot.root)] = Trusted(snapshot.digest, at)


def revoke(root: Path) -> bool:
    """Trust a project no longer; return whether it was on the list.

    Raises:
        TrustError: that cannot be stored.
    """
    with _changing() as found:
        return found.pop(str(root), None) is not None


def _untrusted(root: Path, why: str) -> str:
    return f"the project {visible(root)} {why}, {_WHAT}; 'ollama-cli trust' shows it, and asks"


def _is_outside(root: Path) -> bool:
    """Whether the list is not part of the project itself, whose author could have written it."""
    path = _store()
    return path is not None and leads_out(root, path)


def _store() -> Path | None:
    folder = data_folder()
    return folder / STORE if folder else None


@contextmanager
def _changing() -> Iterator[dict[str, Trusted]]:
    path = _store()
    if path is None:
        raise TrustError("there is no home folder to remember it in; set OLLAMA_CLI_DATA_DIR")
    try:
        with locked(path):
            found = trusted_projects()
            before = dict(found)
            yield found
            if found != before:
                projects = {name: each._asdict() for name, each in sorted(found.items())}
                content = json.dumps({"version": 1, "projects": projects}, indent=1)
                write_own(path, content.encode())
    except (OSError, NotOwnError) as error:
        problem = f"{path} cannot be written: {error}"
    else:
        return
    raise TrustError(problem)


def _listed(content: bytes) -> dict[str, Trusted] | None:
    try:
        found = json.loads(content)
        if found["version"] != 1:
            return None
        listed = {str(name): Trusted(**each) for name, each in found["projects"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    has_form = all(isinstance(text, str) for each in listed.values() for text in each)
    return listed if has_form else None
