"""``/retry``: ask the last message again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.chat.asking_again import ask_again

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat


async def run(chat: Chat, argument: str) -> None:
    """Ask the last message again; a whole answer takes the place of the one before."""
    await ask_again(chat)
