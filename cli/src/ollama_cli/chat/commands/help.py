"""``/help``: the slash commands and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ollama_cli.chat import slash
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.pairs import fitted, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ollama_cli.chat.chat import Chat

USAGE = "[NAME]"
ALIASES = ("?",)

_GROUPS = {
    "Who answers": ("provider", "model", "effort", "think", "system", "why", "hooks"),
    "What goes with a message": ("file", "image"),
    "Answers": ("copy", "retry", "undo", "export"),
    "The session": (
        "status",
        "usage",
        "cost",
        "compact",
        "clear",
        "rename",
        "fork",
        "sessions",
        "load",
        "save",
    ),
    "The chat": ("help", "quit"),
}
_MORE = "Yours, from Markdown files"
_BOTH = (
    ("@path", 'attaches a file; @"a path" may have spaces, and @@ is an @'),
    ("Ctrl-C", "stops an answer, or clears what is typed"),
    ("Ctrl-D", "leaves, if nothing is typed"),
)
_SCREEN = (
    ("Enter", "sends; while an answer arrives, the message waits for its turn"),
    ("Alt-Enter", "begins another line, as Enter does after a \\"),
    ('"""', "begins a message of many lines, which the same ends"),
    ("Tab", "completes a slash command, what follows it, or a file after @"),
    ("Up, Down", "older and newer messages; Ctrl-R searches them"),
    ("Ctrl-X Ctrl-E", "opens your editor"),
)
_LINES = (
    ("Enter", "sends, unless the line ends with a \\"),
    ('"""', "begins a message of many lines, which the same ends"),
)


async def run(chat: Chat, argument: str) -> None:
    """Show the slash commands and the keys, or all about one command.

    Your own slash commands are Markdown files, see the page about them; a trusted project may have
    some, too.
    """
    name = argument.strip().removeprefix("/").lower()
    chat.show(_of_one(name, chat) if name else "\n\n".join(_sections(chat)))


def values(chat: Chat) -> Mapping[str, str]:
    """Return the slash commands."""
    return chat.slash_commands()


def _sections(chat: Chat) -> Iterator[str]:
    helps = dict(chat.slash_commands())
    for title, names in _GROUPS.items():
        rows = [(_usage(name), helps.pop(name)) for name in names if name in helps]
        if rows:
            yield f"{title}\n{pairs(rows)}"
    if helps:
        rows = [(_usage(name), text) for name, text in sorted(helps.items())]
        yield f"{_MORE}\n{pairs(rows)}"
    # Where a status line stays in sight, so does an input in which keys do more.
    keys = (_SCREEN if chat.view.keeps_status else _LINES) + _BOTH
    yield f"Keys\n{pairs(keys)}"
    yield "/help NAME tells more of a command."


def _of_one(name: str, chat: Chat) -> str:
    found = slash.find(name)
    if found is not None:
        names = ", ".join(f"/{alias}" for alias in found.aliases)
        also = f"\n\nAlso: {names}" if names else ""
        return f"{_usage(found.name)}\n\n{fitted(_joined(found.details))}{also}"
    helps = chat.slash_commands()
    if name not in helps:
        raise click.UsageError(slash.unknown(name, helps))
    return f"{_usage(name)}\n\n{fitted(on_one_line(helps[name]))}\n\nIt is a Markdown file."


def _usage(name: str) -> str:
    found = slash.find(name)
    return f"/{name} {found.usage if found else '[TEXT]'}".rstrip()


def _joined(text: str) -> str:
    """Return paragraphs as a line each, because the source breaks them for its own width."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))
