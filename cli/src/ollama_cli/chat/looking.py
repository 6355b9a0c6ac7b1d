"""Looking whether what a chat works with has changed: settings, trust, keys, the working folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ollama_cli.keys.stored import keys_file
from ollama_cli.settings.files import Settings, SettingsError, read_user_settings, with_project
from ollama_cli.settings.trust import Project
from ollama_cli.terminal.visible import visible


@dataclass(frozen=True, slots=True)
class Look:
    """What was found.

    Attributes:
        settings: the settings, of which the user's are the earlier ones if the file is broken.
        keys: tells whether the stored keys were changed; ``None`` if none are stored.
        problems: what is wrong, one line each.
    """

    settings: Settings
    keys: tuple[int, ...] | None
    problems: tuple[str, ...]


def look(before: Settings) -> Look:
    """Read the settings, and the project, again.

    Args:
        before: the settings that count so far. If the user's file is broken, what it said then
            stays; of a project whose settings are broken, nothing does.
    """
    problems = []
    try:
        own = read_user_settings()
    except SettingsError as error:
        problems.append(f"{error.message}; your earlier settings count until it is mended")
        own = alone(before)
    try:
        settings = with_project(own)
    except SettingsError as error:
        problems.append(f"{error.message}; nothing in this project is used")
        settings = own
    if not _has_working_folder():
        problems.append("the working folder was deleted, so no project and no file is found")
    return Look(settings, stored_keys(), tuple(problems))


def alone(settings: Settings) -> Settings:
    """Return the user's part of settings."""
    return Settings(settings.user, settings.path, user=settings.user)


def stored_keys() -> tuple[int, ...] | None:
    """Return what tells whether the stored keys were changed; ``None`` if none are stored."""
    path = keys_file()
    try:
        facts = path.stat() if path else None
    except OSError:
        return None
    return facts and (facts.st_ino, facts.st_mtime_ns, facts.st_size)


def is_same(one: Settings, other: Settings) -> bool:
    """Whether two settings say the same, and the bytes of their projects are the same."""
    is_said = one.user == other.user and one.values == other.values
    return is_said and has_same_project(one, other)


def has_same_project(one: Settings, other: Settings) -> bool:
    """Whether two settings have the same project, as it was trusted."""
    return _stamp(one.project) == _stamp(other.project)


def what_changed(before: Settings, after: Settings) -> Iterator[str]:
    """Yield what counts from now on, one line each."""
    names = {*before.user, *after.user}
    changed = sorted(name for name in names if before.user.get(name) != after.user.get(name))
    if changed:
        yield f"your settings have changed, and count from now on: {', '.join(changed)}"
    if has_same_project(before, after):
        return
    if after.project is not None:
        yield f"the project {_name(after.project)} is trusted, and is used from now on"
    elif before.project is not None and not _is_told(before.project, after.notes):
        yield f"the project {_name(before.project)} is used no longer"


def _is_told(project: Project, notes: Sequence[str]) -> bool:
    return any(_name(project) in note for note in notes)


def _stamp(project: Project | None) -> tuple[Path, str] | None:
    return None if project is None else (project.root, project.snapshot.digest)


def _name(project: Project) -> str:
    return visible(project.root)


def _has_working_folder() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True
