"""``/help``: the slash commands and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.chat import slash

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

ALIASES = ("?",)


async def run(chat: Chat, argument: str) -> None:
    """Show the slash commands."""
    for each in slash.built_in().values():
        chat.show(f"/{each.name} {each.usage}".rstrip() + f"  {each.help}")
