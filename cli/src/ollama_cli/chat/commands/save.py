"""``/save``: store a conversation that is not stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.pairs import fitted

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "[TITLE]"


async def run(chat: Chat, argument: str) -> None:
    """Store this conversation from now on, with what was said before."""
    session = chat.session
    was_stored = session.is_stored and not session.waiting
    if title := " ".join(argument.split()):
        session.rename(title)
    session.store_all()
    if session.id is None:
        chat.show(fitted("This conversation is stored as soon as something is said."))
        return
    how = "is stored already" if was_stored else "is stored from now on"
    chat.show(fitted(f"This conversation {how}, as {session.id}: {on_one_line(session.title)}"))
