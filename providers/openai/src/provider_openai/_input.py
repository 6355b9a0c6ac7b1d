"""Writes a conversation as the input items of the Responses API.

System messages stay in their places: as ``instructions`` they would lose their order, and the
service does not look there for the word JSON, which it demands for a JSON object.
"""

from __future__ import annotations

import hashlib
from typing import Any

from provider_sdk import ChatCall, Message, Part, ToolCall, UnsupportedCapabilityError

from provider_openai._state import output_of, with_state

_LONGEST_ID = 64
_PREFIX = 31


def input_items(call: ChatCall) -> list[dict[str, Any]]:
    """Return the conversation of a call as items.

    Raises:
        UnsupportedCapabilityError: a message holds an image that the API does not take there.
    """
    return [item for message in call.messages for item in _items(message, call)]


def _items(message: Message, call: ChatCall) -> list[dict[str, Any]]:
    if message.role == "assistant":
        return _assistant_items(message, call)
    if message.role == "tool":
        id = _call_id(message.tool_call_id or "")
        return [{"type": "function_call_output", "call_id": id, "output": _content(message)}]
    if message.role == "system":
        _require_text(message, "a system message")
    return [{"type": "message", "role": message.role, "content": _content(message)}]


def _assistant_items(message: Message, call: ChatCall) -> list[dict[str, Any]]:
    _require_text(message, "an assistant's message")
    calls = [_function_call(each) for each in message.tool_calls]
    state = output_of(message, call.provider, call.model)
    items = with_state(state, message.text, calls)
    return items or [{"type": "message", "role": "assistant", "content": ""}]


def _function_call(call: ToolCall) -> dict[str, Any]:
    written = call.to_dict()["function"]
    return {"type": "function_call", "call_id": _call_id(call.id), **written}


def _call_id(id: str) -> str:
    """Return an id of a call that the service accepts: other services write longer ones."""
    if len(id) <= _LONGEST_ID:
        return id
    digest = hashlib.sha256(id.encode("utf-8", errors="replace")).hexdigest()
    return f"{id[:_PREFIX]}_{digest[: _LONGEST_ID - _PREFIX - 1]}"


def _content(message: Message) -> str | list[dict[str, Any]]:
    if isinstance(message.content, str) or not message.has_image:
        return message.text
    return [_part(part) for part in message.content]


def _part(part: Part) -> dict[str, Any]:
    if part["type"] == "image_url":
        image = part["image_url"]
        # Servers that validate by the vendor's types demand a detail.
        detail = image.get("detail") or "auto"
        return {"type": "input_image", "image_url": image["url"], "detail": detail}
    return {"type": "input_text", "text": part["text"]}


def _require_text(message: Message, what: str) -> None:
    if message.has_image:
        raise UnsupportedCapabilityError(
            f"the Responses API has no images in {what}; nothing was sent",
            hint="Put the image into a user's message.",
        )
