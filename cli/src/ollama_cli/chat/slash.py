"""Slash commands: one file each in ``commands/``, without registration.

A file ``commands/NAME.py`` is the command ``/NAME``. It defines ``async def run(chat, argument)``,
whose docstring is the help, its first line alone in the list; ``USAGE``, what follows the name in
the help; and, where they are of use, ``ALIASES`` and ``def values(chat)``, which returns what may
follow the name, with a description each, for completion. A command without ``USAGE`` takes no
argument. One that finds its argument wrong raises ``click.UsageError`` and has changed nothing: the
message is shown, and the entry is put back into the input.

What is a slash command: a text that begins with ``/NAME``, where the name is letters, digits and
dashes up to a space or the end of the line. All else is a message: a path such as ``/usr/bin``, two
slashes as before a comment, and a text that begins with a space or with what was pasted.
So a message may begin with the name of a command if a space stands before it. A name that no
command has is not sent, because it may be a mistyped command.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from inspect import cleandoc
from pkgutil import iter_modules
from typing import TYPE_CHECKING, NamedTuple

from ollama_cli.chat import commands
from ollama_cli.chat.shown import looks_like_key

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat
    from ollama_cli.chat.entries import Entry

_CALL = re.compile(r"/([a-z][a-z0-9_-]*|\?)(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
_LONGEST = 40


class SlashCommand(NamedTuple):
    """A slash command.

    Attributes:
        name: its name, without the slash.
        help: what it does, in one line.
        details: the same and what else there is to know, as lines.
        usage: what follows the name; ``""`` if nothing does.
        aliases: its other names.
        run: does it, with what was written after the name.
        values: returns what may follow the name, each with a description.
    """

    name: str
    help: str
    details: str
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


def call_of(entry: Entry) -> Call | None:
    """Return the slash command that an entry calls; ``None`` if it is a message.

    What begins with pasted text is a message. A view may take a short paste for typed.
    """
    first = next((piece for piece in entry.pieces if piece.text), None)
    if first is None or not first.typed:
        return None
    return call_in(entry.text)


def call_in(text: str) -> Call | None:
    """Return the slash command that a text calls; ``None`` if it is a message."""
    found = _CALL.fullmatch(text.rstrip())
    return Call(found[1].lower(), found[2] or "") if found else None


def unknown(name: str, known: Iterable[str]) -> str:
    """Return what to say of a name that no slash command has.

    Args:
        name: the name.
        known: the names that there are.
    """
    import difflib  # only mistakes pay for it

    what = "this" if looks_like_key(name) else f"/{name[:_LONGEST]}"
    # Names are short: a slip changes a large part of them.
    near = difflib.get_close_matches(name, [*known], n=1, cutoff=0.5)
    means = f"did you mean /{near[0]}?" if near else "/help lists what there is."
    return f"{what} is not known here; {means} To send it as a message, begin it with a space"


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
    details = cleandoc(run.__doc__ or "")  # "python -OO" keeps no docstrings
    return SlashCommand(
        name,
        details.partition("\n")[0],
        details,
        getattr(module, "USAGE", ""),
        getattr(module, "ALIASES", ()),
        run,
        getattr(module, "values", lambda _: {}),
    )
