"""``/effort``: how much the model thinks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from ollama_cli.chat.answering import lacks_effort, left_out
from ollama_cli.chat.shown import shown
from ollama_cli.terminal.near import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ollama_cli.chat.chat import Chat

USAGE = "[LEVEL|default]"
_DEFAULT = "default"
_WORD = re.compile("[a-z]{2,12}")
LEVELS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


async def run(chat: Chat, argument: str) -> None:
    """Show how much the model thinks before it answers, or change that.

    LEVEL is none, minimal, low, medium, high, xhigh or max; a model may know some of them only, or
    one of its own. `default` leaves it to the service.
    """
    level = argument.strip().lower()
    if level and level not in (*LEVELS, _DEFAULT):
        _check_unknown(level)
    if level:
        options = chat.options.copy()
        options.pop("reasoning_effort", None)
        if level != _DEFAULT:
            options["reasoning_effort"] = level
        chat.options = options
    chat.show(f"effort: {effort_of(chat)}")
    if level:
        left_out(chat)
    if level and level not in (*LEVELS, _DEFAULT):
        chat.note("this level is not known here; the service takes or rejects it")


def _check_unknown(level: str) -> None:
    """Raise ``click.UsageError`` unless a level that is not known here may be one of a service."""
    near = did_you_mean(level, LEVELS, "levels are")
    if "did you mean" in near or not _WORD.fullmatch(level):
        raise click.UsageError(f"{shown(level)} is not a level{near}")


def values(chat: Chat) -> Mapping[str, str]:
    """Return the levels."""
    return {**dict.fromkeys(LEVELS, ""), _DEFAULT: "left to the service"}


def effort_of(chat: Chat) -> str:
    """Return the effort, and whether it is left out."""
    effort = chat.options.get("reasoning_effort")
    if effort is None:
        return "left to the service"
    return (
        f"{effort}, but left out for {chat.choice.provider}"
        if lacks_effort(chat, chat.choice)
        else effort
    )
