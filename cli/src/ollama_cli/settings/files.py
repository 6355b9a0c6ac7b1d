"""The settings that count: the user's file, and over it those of a trusted project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ollama_cli.settings.folders import settings_folder
from ollama_cli.settings.own_files import NotOwnError, read_own
from ollama_cli.settings.parsing import LARGEST, NAME, SettingsError, parsed
from ollama_cli.settings.project import SETTINGS_FILE, find_project

if TYPE_CHECKING:
    from ollama_cli.settings.trust import Project

__all__ = [
    "NAME",
    "Settings",
    "SettingsError",
    "read_settings",
    "read_user_settings",
    "with_project",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the settings files say.

    Attributes:
        values: the keys and values that count.
        path: the user's file; ``None`` if it does not exist.
        notes: what is ignored and why, for standard error, one line each.
        user: what the user's file alone says.
        project: the project, if it is trusted.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    path: Path | None = None
    notes: tuple[str, ...] = ()
    user: Mapping[str, Any] = field(default_factory=dict)
    project: Project | None = None

    @property
    def project_path(self) -> Path | None:
        """Return the settings file of the trusted project; ``None`` if it has none."""
        if self.project is None or SETTINGS_FILE not in self.project.files:
            return None
        return self.project.root / SETTINGS_FILE

    @property
    def sources(self) -> dict[str, str]:
        """Return the file of each value, by its dotted key; of hooks that add up, both files."""
        theirs = dict(leaves(self.project.settings)) if self.project else {}
        mine = dict(leaves(self.user))
        found: dict[str, str] = {}
        for key, value in leaves(self.values):
            is_theirs = key in theirs and (key not in mine or mine[key] != value)
            is_both = is_theirs and key in mine and theirs[key] != value
            places = [self.path] * (is_both or not is_theirs) + [self.project_path] * is_theirs
            found[key] = " and ".join(map(str, places))
        return found

    @property
    def hooks(self) -> list[tuple[Mapping[str, Any], Project | None]]:
        """Return the user's hooks, then the project's, each with the project that it is of."""
        if self.project is None:
            return [(self.user.get("hooks") or {}, None)]
        from ollama_cli.settings.merging import hooks_of_each

        mine, theirs = hooks_of_each(self.user, self.project.settings)
        return [(mine, None), (theirs, self.project)]


def read_settings() -> Settings:
    """Return the settings, which are empty if there is no file.

    Raises:
        SettingsError: a file cannot be read, is not JSON, or has an unknown key or a wrong value.
    """
    return with_project(read_user_settings())


def with_project(own: Settings) -> Settings:
    """Return the user's settings, and over them those of the project, if it is trusted.

    Raises:
        SettingsError: the project is trusted, and its settings are broken.
    """
    root, note = find_project()
    if root is None:
        return Settings(own.values, own.path, (*own.notes, *([note] if note else [])), own.values)
    from ollama_cli.settings.merging import merged  # only questions in a project pay for it
    from ollama_cli.settings.trust import trusted_project

    project, notes = trusted_project()
    if project is None:
        return Settings(own.values, own.path, (*own.notes, *notes), own.values)
    found = merged(own.values, project.settings)
    told = [f"{project.root / SETTINGS_FILE}: {note}" for note in found.notes]
    return Settings(found.values, own.path, (*own.notes, *notes, *told), own.values, project)


def read_user_settings() -> Settings:
    """Return what the user's file alone says.

    Raises:
        SettingsError: as ``read_settings``.
    """
    folder = settings_folder()
    path = folder / NAME if folder else None
    if path is None:
        return Settings()
    try:
        data = read_own(path, LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except NotOwnError as error:
        return Settings(notes=(f"{path} is ignored, because {error}",))
    except OSError as error:
        problem = f"it cannot be read: {error.strerror or error}"
    else:
        values = parsed(path, data)
        return Settings(values, path, user=values)
    raise SettingsError(path, problem)


def leaves(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value that is not an object, and each empty object, by its dotted key."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{before}{key}.")
        elif value is not None:
            yield f"{before}{key}", value
