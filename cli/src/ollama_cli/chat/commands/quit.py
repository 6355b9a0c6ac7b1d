"""``/quit``: leave the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

ALIASES = ("exit", "bye")


async def run(chat: Chat, argument: str) -> None:
    """Leave the chat; the session stays."""
    chat.leave()
