"""``/clear``: a new session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.chat.sessions import ask_to_leave
from ollama_cli.terminal.pairs import fitted

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

ALIASES = ("new",)


async def run(chat: Chat, argument: str) -> None:
    """Begin a new, empty session; the one before stays."""
    before = chat.session
    had_turns = before.is_continued
    await ask_to_leave(chat, also_unstored=False)
    await chat.switch_session(before.new())
    if before.id is not None:
        chat.show(fitted(f"A new session begins. /load {before.id} goes back to the one before."))
    elif had_turns:
        chat.show(fitted("A new conversation begins. The one before was not stored."))
    else:
        chat.show(fitted("A new conversation begins."))
