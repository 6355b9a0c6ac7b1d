"""``/undo``: take the last turn back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.chat.entries import Entry, Piece
from ollama_cli.chat.newest import Newest
from ollama_cli.chat.sessions import title_of

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat
    from ollama_cli.conversation.records import Turn


async def run(chat: Chat, argument: str) -> None:
    """Take the last turn back, and put its question back into the input."""
    turn = chat.session.take_back()
    entry = _entry(turn, chat)
    chat.newest = Newest()
    image = "; attach its image again" if turn.messages[0].has_image else ""
    chat.note(f"Taken back: {title_of(turn)}{image}")
    chat.view.put_back(entry)


def _entry(turn: Turn, chat: Chat) -> Entry:
    """Return the question as it was entered, or else its text, in which no file is looked for."""
    newest = chat.newest
    if newest.entry is not None and newest.turn is not None and newest.turn.at == turn.at:
        return newest.entry
    text = turn.messages[0].text
    return Entry((Piece(text, typed=False),), text)
