"""``/fork``: a copy of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.pairs import fitted

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "[TITLE]"


async def run(chat: Chat, argument: str) -> None:
    """Go on in a copy of this session; the original stays as it is."""
    before = chat.session
    copy = before.fork(argument.strip())
    await chat.switch_session(copy)
    chat.show(
        fitted(
            f"This is the copy {copy.id}: {on_one_line(copy.title)}. "
            f"/load {before.id} goes back to the original."
        )
    )
