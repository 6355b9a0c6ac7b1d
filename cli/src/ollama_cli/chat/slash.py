"""Slash commands: one file each in ``commands/``, without registration.

A file ``commands/NAME.py`` is the command ``/NAME``. It defines ``async def run(chat, argument)``,
whose docstring's first line is the help; ``USAGE``, what follows the name in the help; and, where
they are of use, ``ALIASES`` and ``def values(chat)``, which returns what may follow the name, with
a description each, for completion.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, NamedTuple

from ollama_cli.chat import commands

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

_CALL = re.compile(r"/([a-z][\w-]*|\?)(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)


class SlashCommand(NamedTuple):
    """A slash command.

    Attributes:
        name: its name, without the slash.
        help: what it does, in one line.
        usage: what follows the name; ``""`` if nothing does.
        aliases: its other names.
        run: does it, with what was written after the name.
        values: returns what may follow the name, each with a description.
    """

    name: str
    help: str
    usage: str
    aliases: tuple[str, ...]
    run: Callable[[Chat, str], Awaitable[None]]
    values: Callable[[Chat], Mapping[str, str]]


class Call(NamedTuple):
    """A slash command as it was entered.

    Attributes:
        name: the name, without the slash.
        argument: what follows it.
    """

    name: str
    argument: str


def call_in(text: str) -> Call | None:
    """Return the slash command that a text calls; ``None`` if it is a message.

    A path such as ``/usr/bin`` is none, and neither is a text that begins with a space.
    """
    found = _CALL.fullmatch(text.rstrip())
    return Call(found[1].lower(), found[2] or "") if found else None


@cache
def built_in() -> Mapping[str, SlashCommand]:
    """Return the commands that come with the chat, by name."""
    names = sorted(module.name for module in iter_modules(commands.__path__))
    return {name: _command(name) for name in names if not name.startswith("_")}


def find(name: str) -> SlashCommand | None:
    """Return the command that comes with the chat and has this name or alias."""
    known = built_in()
    if name in known:
        return known[name]
    return next((each for each in known.values() if name in each.aliases), None)


def _command(name: str) -> SlashCommand:
    module = import_module(f"{commands.__name__}.{name}")
    run = module.run
    return SlashCommand(
        name,
        run.__doc__.splitlines()[0],
        getattr(module, "USAGE", ""),
        getattr(module, "ALIASES", ()),
        run,
        getattr(module, "values", lambda _: {}),
    )
