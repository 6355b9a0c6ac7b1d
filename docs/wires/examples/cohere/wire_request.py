"""Decodes chat requests of Cohere's protocol, as strictly as the service.

Sources: https://docs.cohere.com/reference/chat, and the examples of rejected requests in
https://docs.cohere.com/reference/errors
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provider_conformance.wires import (
    SeenChat,
    SeenMessage,
    SeenPart,
    SeenRequest,
    seen_arguments,
)

_NAMES = {
    "temperature": "temperature",
    "p": "top_p",
    "max_tokens": "max_tokens",
    "seed": "seed",
    "stop_sequences": "stop",
}
_FIELDS = frozenset(
    {
        *("model", "messages", "stream", "tools", "strict_tools", "tool_choice"),
        *("response_format", "thinking", *_NAMES),
    }
)
_CHOICES = {"REQUIRED": "required", "NONE": "none"}
_ROLES = ("system", "user", "assistant", "tool")
_Part = Mapping[str, Any]


def read_request(request: SeenRequest) -> SeenChat:
    """Return a chat request as the kit describes it.

    Raises:
        ValueError: the service would reject it.
    """
    body = json.loads(request.body)
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        raise ValueError("a model parameter is required for this endpoint")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ValueError("messages must hold at least one message")
    if any(message["role"] == "system" for message in messages[1:]):
        raise ValueError("system turn must be the first in the list")
    return SeenChat(
        model=body["model"],
        messages=[seen for message in messages for seen in _seen_messages(message)],
        options=_seen_options(body),
        stream=body.get("stream") is True,
        body=body,
        surplus={name: value for name, value in body.items() if name not in _FIELDS},
    )


def _seen_options(body: Mapping[str, Any]) -> dict[str, Any]:
    options = {name: body[key] for key, name in _NAMES.items() if key in body}
    if not isinstance(options.get("stop", []), list):
        raise ValueError("stop_sequences must be a list")
    if tools := body.get("tools"):
        options["tools"] = [_seen_tool(tool) for tool in tools]
    if "tool_choice" in body:
        if not tools:
            raise ValueError("tool_choice can only be set together with tools")
        options["tool_choice"] = _CHOICES[body["tool_choice"]]
    if wanted := body.get("response_format"):
        options["response_format"] = _seen_format(wanted)
    if body.get("thinking") == {"type": "disabled"}:
        options["reasoning_effort"] = "none"
    return options


def _seen_tool(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    function = tool["function"]
    if tool["type"] != "function" or not isinstance(function["parameters"], dict):
        raise ValueError("a tool must be a function with parameters")
    if "strict" in function:
        raise ValueError("unknown field: strict; strict_tools holds for all tools")
    return tool


def _seen_format(wanted: Mapping[str, Any]) -> dict[str, Any]:
    if wanted["type"] not in ("text", "json_object"):
        raise ValueError("response_format.type must be text or json_object")
    if "json_schema" not in wanted:
        return {"type": wanted["type"]}
    return {"type": "json_schema", "json_schema": {"schema": wanted["json_schema"]}}


def _seen_messages(message: Mapping[str, Any]) -> Iterator[SeenMessage]:
    """Yield a message, and of a system message each of its texts."""
    role, parts = message["role"], _parts(message.get("content"))
    if role not in _ROLES:
        raise ValueError(f"the role of a message must be one of {', '.join(_ROLES)}")
    if role == "tool" and not message.get("tool_call_id"):
        raise ValueError("a tool message must have a tool_call_id")
    if role == "tool" and message.get("content") is None:
        raise ValueError("a tool message must have content")
    if role != "tool" and not message.get("tool_calls") and not any(map(_says_something, parts)):
        raise ValueError("message must not be empty in a turn")
    if role == "system":
        yield from (SeenMessage(role, part["text"]) for part in parts)
        return
    seen = [_seen_part(part, role) for part in parts if part["type"] != "thinking"]
    yield SeenMessage(
        role=role,
        text="".join(part.value for part in seen if part.kind == "text"),
        images=[part.value for part in seen if part.kind == "image"],
        calls=[_seen_call(call) for call in message.get("tool_calls") or ()],
        answers=message.get("tool_call_id"),
        parts=seen,
        own_fields=_own_fields(parts),
    )


def _parts(content: object) -> Sequence[_Part]:
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise ValueError("content must be a text or a list of parts")
    return content


def _says_something(part: _Part) -> bool:
    return bool(part[part["type"]])


def _seen_part(part: _Part, role: str) -> SeenPart:
    if part["type"] == "image_url":
        if role != "user":
            raise ValueError("only a user's message may hold an image")
        return SeenPart("image", part["image_url"]["url"], part["image_url"].get("detail"))
    if part["type"] == "document":
        return SeenPart("text", json.dumps(part["document"]["data"]))
    if part["type"] != "text":
        raise ValueError(f"there is no part of the type {part['type']!r}")
    return SeenPart("text", part["text"])


def _own_fields(parts: Sequence[_Part]) -> dict[str, Any]:
    thinking = [part["thinking"] for part in parts if part["type"] == "thinking"]
    return {"reasoning_content": "".join(thinking)} if thinking else {}


def _seen_call(call: Mapping[str, Any]) -> tuple[str, str, Any]:
    function = call["function"]
    if call["type"] != "function" or not isinstance(function["arguments"], str):
        raise ValueError("a tool call must be a function, and its arguments a text")
    return call["id"], function["name"], seen_arguments(function["arguments"])
