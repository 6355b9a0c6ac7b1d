"""The slash commands of the chat, from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from ollama_cli.chat.slash import SlashCommand, built_in

from tools.site.page import Page
from tools.site.reference.markdown import code, page, prose, table

FOLDER = "reference"


def pages() -> Iterable[Page]:
    """Yield the page."""
    yield Page(f"{FOLDER}/slash-commands.md", _page())


def _page() -> str:
    commands = list(built_in().values())
    return page(
        "# Slash commands",
        "Every command of [the chat](../chat.md) that begins with a slash, as `/help` shows it.",
        "What stands in square brackets may be left out; `|` is between what may stand there. "
        "Small and capital letters are the same. A message that begins with a space is never a "
        "command. [Write a slash command](../slash_commands.md) adds others.",
        table(("command", "also", "what it does"), map(_row, commands)),
        *(part for command in commands for part in _section(command)),
    )


def _row(command: SlashCommand) -> tuple[str, ...]:
    name = code(f"/{command.name}")
    return f"[{name}](#{command.name})", _aliases(command) or "-", prose(command.help)


def _section(command: SlashCommand) -> Iterable[str]:
    yield f"## /{command.name}"
    yield f"```text\n/{command.name} {command.usage}".rstrip() + "\n```"
    for paragraph in inspect.cleandoc(command.run.__doc__ or "").split("\n\n"):
        yield prose(" ".join(paragraph.split()))
    if aliases := _aliases(command):
        yield f"It is also called {aliases}."


def _aliases(command: SlashCommand) -> str:
    return ", ".join(code(f"/{alias}") for alias in command.aliases)
