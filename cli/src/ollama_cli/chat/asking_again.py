"""Asking the last message again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ollama_cli.chat.questions import question_for
from ollama_cli.chat.sessions import title_of

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat
    from ollama_cli.conversation.records import Turn


async def ask_again(chat: Chat) -> None:
    """Ask the last message again, of who answers now.

    A whole answer takes the place of the one before; until then that stays.

    Raises:
        click.UsageError: nothing was asked yet.
        click.ClickException: as ``Chat.ask``.
        ProviderError: as ``Chat.ask``.
    """
    memory = chat.session.recall()
    last = memory.turns[-1] if memory.turns else None
    if chat.newest.question is not None:
        once = chat.newest.question.system_once
        asked = question_for(chat.newest.question.prompt, chat, chat.choice)._replace(
            system_once=once
        )
        replaced = _same(last, chat.newest.turn)
    elif chat.newest.entry is not None:
        await chat.ask(chat.newest.entry)  # it failed before it could be sent
        return
    elif last is not None:
        asked, replaced = question_for(last.messages[0].content, chat, chat.choice), last
    else:
        raise click.UsageError("there is no message to ask again")
    if replaced is None:
        await chat.send(asked, chat.choice)
        return
    chat.note(f"Asking again: {title_of(replaced)}")
    try:
        with chat.session.asking_again():
            await chat.send(asked, chat.choice)
    finally:
        if _same(chat.session.last, replaced):
            chat.newest.turn = replaced
            chat.note("The earlier answer stays.")


def _same(turn: Turn | None, other: Turn | None) -> Turn | None:
    return turn if turn is not None and other is not None and turn.at == other.at else None
