"""What trusting a project enables: what it sets, runs and sends, and to whom."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ollama_cli.choosing.importing import importing
from ollama_cli.settings.dotenv import Variables, variables_of
from ollama_cli.settings.files import leaves
from ollama_cli.settings.merging import merged
from ollama_cli.settings.parsing import parsed
from ollama_cli.settings.project import ENV_FILE, FOLDER, SETTINGS_FILE
from ollama_cli.settings.snapshot import Snapshot
from ollama_cli.terminal.escapes import values_without_escapes
from ollama_cli.terminal.visible import visible

SHORT = 12
"""Characters of a digest that are shown."""

_MOST_SHOWN = 50
_SENDING = ("base_url", "api_key_env")


@dataclass(frozen=True, slots=True)
class Enabling:
    """What trusting a project enables.

    Attributes:
        snapshot: the project as it was read.
        settings: each of its settings by its dotted key, without the hooks.
        hooks: its setting ``hooks``.
        variables: what its ``.env`` sets.
        notes: what does not count, and why.
    """

    snapshot: Snapshot
    settings: Mapping[str, Any]
    hooks: Mapping[str, Any]
    variables: Variables
    notes: tuple[str, ...]

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder of ``.ollama``."""
        start = f"{FOLDER}/{folder}/"
        return sorted(n.removeprefix(start) for n in self.snapshot.files if n.startswith(start))

    def fields(self) -> dict[str, Any]:
        """Return it as JSON."""
        found = {
            "project": str(self.snapshot.root),
            "digest": self.snapshot.digest[:SHORT],
            "settings": dict(self.settings),
            "hooks": dict(self.hooks),
            "status_lines": self.names("status_lines"),
            "prompts": self.names("prompts"),
            "commands": self.names("commands"),
            "variables": sorted(self.variables.set),
            "files": sorted(self.snapshot.files),
            "notes": list(self.notes),
        }
        return {name: values_without_escapes(value) for name, value in found.items()}

    def lines(self) -> Iterator[str]:
        """Yield it as text; what runs and who is sent what comes last, and whole."""
        yield f"Project {visible(self.snapshot.root)}, digest {self.snapshot.digest[:SHORT]}"
        rest = [key for key in self.settings if not _is_sending(key)]
        yield from _section("sets", [self._setting(key) for key in rest])
        for folder, what in (("prompts", "prompts"), ("commands", "slash commands")):
            yield from _section(f"adds {what}", map(visible, self.names(folder)))
        yield from _section("covers these files", map(visible, sorted(self.snapshot.files)))
        yield from _section("does not set or use", [*map(visible, self.notes), *self._ignored()])
        yield from _section("sets if they are unset", self._variables(), None)
        sending = [key for key in self.settings if _is_sending(key)]
        yield from _section("says where to send", map(self._setting, sending), None)
        yield from _section("runs", [*_commands(self.hooks), *self._status_lines()], None)

    def _setting(self, key: str) -> str:
        return f"{visible(key)} = {_text(self.settings[key])}"

    def _variables(self) -> Iterator[str]:
        for name in sorted(self.variables.set):
            host = self.variables.hosts.get(name)
            yield name if host is None else f"{name}: an address at {visible(host)}"

    def _ignored(self) -> Iterator[str]:
        for name in self.variables.ignored:
            yield f"{ENV_FILE}: {visible(name)}"

    def _status_lines(self) -> Iterator[str]:
        for name in self.names("status_lines"):
            yield f"status line {visible(name)}"


def enabling(snapshot: Snapshot, user: Mapping[str, Any]) -> Enabling:
    """Return what trusting a project enables, over the user's own settings.

    Raises:
        SettingsError: the settings of the project are broken.
    """
    content = snapshot.files.get(SETTINGS_FILE)
    settings = {} if content is None else parsed(snapshot.root / SETTINGS_FILE, content)
    with importing():
        variables = variables_of(snapshot.files.get(ENV_FILE, b""), user, settings)
    rest = {key: value for key, value in settings.items() if key != "hooks"}
    refused = (f"{SETTINGS_FILE}: {note}" for note in merged(user, settings).notes)
    return Enabling(
        snapshot,
        dict(leaves(rest)),
        settings.get("hooks") or {},
        variables,
        (*snapshot.notes, *refused),
    )


def _is_sending(key: str) -> bool:
    return key.rpartition(".")[2] in _SENDING


def _section(title: str, lines: Any, most: int | None = _MOST_SHOWN) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"It {title}:"
    yield from (f"  {line}" for line in found[:most])
    if most is not None and len(found) > most:
        yield f"  and {len(found) - most} more"


def _commands(hooks: Mapping[str, Any]) -> Iterator[str]:
    """Yield each hook, also one whose form is not known."""
    for event, groups in hooks.items():
        for group in groups if isinstance(groups, list) else [groups]:
            is_group = isinstance(group, Mapping) and "hooks" in group
            found = group if is_group else {"hooks": [group]}
            matcher = found.get("matcher")
            of = f" for {_text(matcher)}" if matcher is not None else ""
            inner = found.get("hooks")
            for hook in inner if isinstance(inner, list) else [inner]:
                yield f"at {visible(event)}{of}: {_hook(hook)}"


def _hook(hook: Any) -> str:
    if not isinstance(hook, Mapping) or not isinstance(hook.get("command"), str):
        return _text(hook)
    rest = {key: value for key, value in hook.items() if key not in ("type", "command")}
    return visible(hook["command"]) + (f"  {_text(rest)}" if rest else "")


def _text(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False))
