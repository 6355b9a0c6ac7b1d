"""``/model``: the model that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.terminal.escapes import on_one_line

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "[MODEL]"


async def run(chat: Chat, argument: str) -> None:
    """Show the model that answers, or let another one answer from now on."""
    if argument:
        chat.choose(model=argument)
    chat.show(on_one_line(f"model: {chat.choice.model or 'the default of the provider'}"))
