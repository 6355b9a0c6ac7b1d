"""``/rename``: the title of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.pairs import fitted

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "TITLE"


async def run(chat: Chat, argument: str) -> None:
    """Give this session another title."""
    title = " ".join(argument.split())
    if not title:
        raise click.UsageError("name the title: /rename TITLE")
    chat.session.rename(title)
    where = chat.session.id or "the session, once it is stored,"
    chat.show(fitted(on_one_line(f"The title of {where} is: {title}")))
