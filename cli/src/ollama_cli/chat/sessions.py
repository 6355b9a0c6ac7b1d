"""Sessions in the chat: which are known, who answers in one, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from ollama_cli.choosing.choice import Choice
from ollama_cli.choosing.routing import candidates
from ollama_cli.conversation.database import StoreError
from ollama_cli.conversation.store import Store
from ollama_cli.conversation.values import local_time
from ollama_cli.terminal.counted import counted
from ollama_cli.terminal.escapes import on_one_line

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat
    from ollama_cli.conversation.current import CurrentSession
    from ollama_cli.conversation.records import Session, Turn

_OFFERED = 50
_SHOWN_TURNS = 2
_LONGEST = 240
_PATIENCE_S = 0.1
"""Somebody types meanwhile, and can do without the titles."""


def known() -> Mapping[str, str]:
    """Return the titles of the newest sessions by their ids; none if they cannot be read."""
    try:
        with Store.open(create=False) as store:
            store.database.wait_at_most(_PATIENCE_S)
            found = store.titles(_OFFERED)
    except StoreError:
        return {}
    return {id: on_one_line(title) for id, title in found.items()}


def choice_in(session: CurrentSession, chat: Chat) -> Choice:
    """Return who answers in a session: who was chosen in this chat, else who answered there.

    Raises:
        RegistryError: no provider has the name of who answered there.
        click.UsageError: its configuration is invalid.
        ProviderError: it has no credential.
    """
    chosen = chat.choice
    if chosen.source.startswith(("-", "/")):
        return chosen
    found = session.choice(Choice(chosen.task, None, ""))
    candidates(chat.world.router, found)
    return found


def about(session: Session) -> str:
    """Return what a session is about, how long it is, who answered last, and when."""
    facts = (counted(session.turns, "turn"), session.answers, local_time(session.updated))
    return f"{session.title} ({', '.join(facts)})"


def where_it_stands(session: CurrentSession) -> str:
    """Return what a session is about, and its last turns in short."""
    memory = session.recall()
    turns = counted(memory.before + len(memory.turns), "turn")
    last = memory.turns[-_SHOWN_TURNS:]
    head = f"Session {session.id}, {turns}: {on_one_line(session.title)}"
    return "\n".join([head, *(line for turn in last for line in _in_short(turn))])


async def ask_to_leave(chat: Chat, *, also_unstored: bool = True) -> None:
    """Ask before a conversation, or the end of one, is lost because it is not stored.

    Args:
        chat: the chat.
        also_unstored: whether to ask about one that nobody wanted to store, too.

    Raises:
        click.ClickException: it is not to be left.
    """
    session = chat.session
    if not session.is_continued or (session.is_stored and not session.waiting):
        return
    if session.is_stored:
        question = (
            "What was said last could not be stored, and is lost if you leave this session. "
            "Leave it?"
        )
    elif also_unstored:
        question = "This conversation is not stored, and lost if you leave it. Leave it?"
    else:
        return
    if not await chat.view.confirm(question):
        raise click.ClickException("this conversation goes on; /save stores it")


def title_of(turn: Turn) -> str:
    """Return the beginning of a question, on one line."""
    return _cut(turn.messages[0].text) or "(an image)"


def _in_short(turn: Turn) -> list[str]:
    answer = _cut(turn.messages[-1].text) or "(no text)"
    interrupted = " [interrupted]" if turn.interrupted else ""
    return [f"  you: {title_of(turn)}", f"  {on_one_line(turn.provider)}: {answer}{interrupted}"]


def _cut(text: str) -> str:
    line = " ".join(on_one_line(text[: 4 * _LONGEST]).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3].rstrip()}..."
