"""Estimating how many tokens a text, a conversation or its tools have."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provider_sdk._accounting.text import count_text
from provider_sdk._messages import Message, Messages, ToolCall

_PER_MESSAGE = 4
_PER_REPLY = 3
_PER_TOOL = 8
_PER_IMAGE = 1000


def estimate_tokens(
    content: str | Messages = (), *, tools: Sequence[Mapping[str, Any]] | None = None
) -> int:
    """Return about how many tokens a text, or a conversation with its tools, has.

    It needs no download, never fails, and takes milliseconds however long the text is. Each
    message counts 4 tokens more than its text and its calls, the answer that is to follow 3, a
    tool 8 more than its JSON, and an image 1,000: services count images by their size, which is
    unknown here. ``docs/tokens.md`` states the error for each language.

    Args:
        content: text, or messages as ``chat`` takes them.
        tools: the tools of the call.
    """
    if isinstance(content, str):
        return _of_text(content)
    count = sum(map(_of_message, content)) + (_PER_REPLY if content else 0)
    return count + sum(_PER_TOOL + _of_text(_json(tool)) for tool in tools or ())


def _of_text(text: str) -> int:
    return math.ceil(count_text(text)) if text else 0


def _of_message(message: object) -> int:
    # A message that is not valid must not fail here: what is observed never fails because of it.
    data = _fields_of(message) if isinstance(message, Message) else message
    if not isinstance(data, Mapping):
        return 0
    calls = data.get("tool_calls")
    texts = [*_texts_of(data.get("content")), *_texts_of(data.get("reasoning_content"))]
    texts += [_json(call.get("function")) for call in _mappings(calls)]
    return _PER_MESSAGE + sum(map(_of_text, texts)) + _PER_IMAGE * _images(data.get("content"))


def _fields_of(message: Message) -> dict[str, Any]:
    calls = [
        {"function": {"name": call.name, "arguments": arguments_text(call)}}
        for call in message.tool_calls
    ]
    return {**message.own_state, "content": message.content, "tool_calls": calls}


def arguments_text(call: ToolCall) -> str:
    """Return the arguments of a call as the model wrote them, or as near as they can be."""
    return call.arguments_text or _json(call.arguments or {})


def _texts_of(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for part in _mappings(content):
        if isinstance(text := part.get("text"), str):
            yield text


def _images(content: object) -> int:
    return sum(part.get("type") == "image_url" for part in _mappings(content))


def _mappings(items: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(items, Sequence) and not isinstance(items, str | bytes):
        yield from (item for item in items if isinstance(item, Mapping))


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        return ""
