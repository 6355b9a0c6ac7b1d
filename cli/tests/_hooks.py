"""Hooks of tests."""

import shlex
import sys

from ollama_cli.hooks.firing import Hooks, Outcome
from ollama_cli.settings.files import Settings


def hook(command: str, **fields) -> dict:
    """Return a hook in the form of the settings."""
    return {"type": "command", "command": command, **fields}


def setting(event: str, *hooks: dict, matcher: str = "") -> dict:
    """Return the setting ``hooks`` for one event."""
    return {event: [{"matcher": matcher, "hooks": list(hooks)}]}


def python(program: str) -> str:
    """Return a command that runs a program in Python."""
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"


def says(value: str) -> str:
    """Return a command that writes a text."""
    return f"printf %s {shlex.quote(value)}"


def hooks_of(*, no_hooks: bool = False, **values) -> Hooks:
    """Return the hooks of a user's settings."""
    return Hooks.of(Settings(values, user=values), no_hooks=no_hooks)


async def fire(*hooks: dict, event: str = "UserPromptSubmit", **fields) -> Outcome:
    """Tell these hooks of an event."""
    if event == "UserPromptSubmit":
        fields.setdefault("prompt", "Why?")
    found = hooks_of(hooks=setting(event, *hooks))
    return await found.fire(event, "hf", "org/one", "s1", **fields)
