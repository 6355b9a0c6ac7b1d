"""``/provider``: who answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.terminal.escapes import on_one_line

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "[NAME]"


async def run(chat: Chat, argument: str) -> None:
    """Show who answers, or let another provider answer from now on."""
    if argument:
        chat.choose(provider=argument)
    chat.show(on_one_line(f"provider: {chat.choice.provider or 'the first that can answer'}"))
