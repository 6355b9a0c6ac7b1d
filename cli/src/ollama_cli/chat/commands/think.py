"""``/think``: whether reasoning is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ollama_cli.chat.shown import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ollama_cli.chat.chat import Chat

USAGE = "[show|hide]"
_SHOW = {"show": True, "hide": False, "on": True, "off": False}


async def run(chat: Chat, argument: str) -> None:
    """Show whether the model's reasoning is shown, or change that.

    How much a model thinks is another matter: see /effort.
    """
    word = argument.strip().lower()
    if word and word not in _SHOW:
        raise click.UsageError(f"write /think show or /think hide, not {shown(word)}")
    if word:
        chat.reasoning = _SHOW[word]
    chat.show(f"reasoning is {'shown' if chat.reasoning else 'hidden'}")


def values(chat: Chat) -> Mapping[str, str]:
    """Return what it takes."""
    return {"show": "shows reasoning", "hide": "hides it"}
