"""Answers without text, which services reject when they are sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from provider_sdk import Message

if TYPE_CHECKING:
    from ollama_cli.conversation.records import Turn

_INTERRUPTED = "(The answer was interrupted before its text began.)"
_EMPTY = "(There was no answer.)"


def messages_of_turn(turn: Turn) -> Sequence[Message]:
    """Return the messages of a turn as they are sent; an answer of nothing says so."""
    if not turn.messages or not _is_empty(turn.messages[-1]):
        return turn.messages
    *others, answer = turn.messages
    return [*others, replace(answer, content=_INTERRUPTED if turn.interrupted else _EMPTY)]


def _is_empty(message: Message) -> bool:
    if message.role != "assistant" or message.tool_calls:
        return False
    return not message.text.strip()
