"""The slash commands of the chat, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterable

from ollama_cli.chat.slash import SlashCommand, built_in

from tools.site.page import Page
from tools.site.reference.markdown import code, page, prose, table

FOLDER = "reference"


def pages() -> Iterable[Page]:
    """Yield the page."""
    yield Page(f"{FOLDER}/slash-commands.md", _page())


def _page() -> str:
    return page(
        "# Slash commands",
        "Every command of [the chat](../chat.md) that begins with a slash, as `/help` shows it.",
        "A word in square brackets may be left out. Small and capital letters are the same. "
        "[Write a slash command](../slash_commands.md) adds others.",
        table(
            ("command", "also", "what it does"),
            (_row(command) for command in built_in().values()),
        ),
    )


def _row(command: SlashCommand) -> tuple[str, ...]:
    also = ", ".join(code(f"/{alias}") for alias in command.aliases)
    return code(f"/{command.name} {command.usage}"), also or "-", prose(command.help)
