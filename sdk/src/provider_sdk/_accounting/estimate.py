"""Estimating how many tokens a text has, without a vocabulary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk._messages import Message, Messages

_PER_MESSAGE = 4
_PER_REPLY = 3
_PER_IMAGE = 1000


def estimate_tokens(
    content: str | Messages, *, tools: Sequence[Mapping[str, Any]] | None = None
) -> int:
    """Return about how many tokens a text, or a conversation with its tools, has.

    Args:
        content: text, or messages as ``chat`` takes them.
        tools: the tools of the call.
    """
    if isinstance(content, str):
        return _of_text(content)
    count = sum(map(_of_message, content)) + _PER_REPLY
    return count + (_of_text(json.dumps(list(tools), default=str)) if tools else 0)


def _of_text(text: str) -> int:
    return -(-len(text) // 4)


def _of_message(message: object) -> int:
    if isinstance(message, Mapping):
        message = Message.from_dict(message)
    if not isinstance(message, Message):
        return 0
    count = _PER_MESSAGE + _of_text(message.text)
    for call in message.tool_calls:
        count += _of_text(call.name) + _of_text(call.arguments_text)
    return count + _PER_IMAGE * message.has_image
