"""``/load``: another session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from ollama_cli.chat.sessions import ask_to_leave, choice_in, known, where_it_stands
from ollama_cli.chat.shown import looks_like_key
from ollama_cli.terminal.pairs import fitted

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "ID"
ALIASES = ("resume",)


async def run(chat: Chat, argument: str) -> None:
    """Go on in another session; the beginning of its id is enough."""
    if not argument.strip():
        raise click.UsageError("name a session: /load ID; /sessions lists them")
    if looks_like_key(argument):
        raise click.UsageError(
            "this looks like a key, which is no id of a session; /sessions lists them"
        )
    session = chat.session.other(argument)
    if session.id == chat.session.id:
        session.close()
        chat.show(fitted(f"This is the session {chat.session.id}."))
        return
    try:
        session.recall()
        choice = choice_in(session, chat)
        await ask_to_leave(chat)
    except BaseException:
        session.close()
        raise
    await chat.switch_session(session)
    chat.system = None  # that of the session counts
    chat.choice = choice
    chat.show(fitted(where_it_stands(session)))


def values(chat: Chat) -> Mapping[str, str]:
    """Return the newest sessions with their titles."""
    return known()
