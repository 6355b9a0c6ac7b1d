"""Decodes chat requests of Cohere's protocol, as strictly as the service.

Source: https://docs.cohere.com/reference/chat
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from provider_conformance.wires import SeenChat, SeenMessage, SeenRequest

_NAMES = {
    "temperature": "temperature",
    "p": "top_p",
    "max_tokens": "max_tokens",
    "seed": "seed",
    "stop_sequences": "stop",
}
_CHOICES = {"REQUIRED": "required", "NONE": "none"}
_ROLES = ("system", "user", "assistant", "tool")


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
    return SeenChat(
        model=body["model"],
        messages=[_seen_message(n, message) for n, message in enumerate(messages)],
        options=_seen_options(body),
        stream=body.get("stream") is True,
        body=body,
    )


def _seen_options(body: Mapping[str, Any]) -> dict[str, Any]:
    options = {name: body[key] for key, name in _NAMES.items() if key in body}
    if not isinstance(options.get("stop", []), list):
        raise ValueError("stop_sequences must be a list")
    if tools := body.get("tools"):
        options["tools"] = [_seen_tool(tool, strict="strict_tools" in body) for tool in tools]
    if "tool_choice" in body:
        if not tools:
            raise ValueError("tool_choice can only be set together with tools")
        options["tool_choice"] = _CHOICES[body["tool_choice"]]
    if wanted := body.get("response_format"):
        options["response_format"] = _seen_format(wanted)
    return options


def _seen_tool(tool: Mapping[str, Any], *, strict: bool) -> dict[str, Any]:
    function = tool["function"]
    if tool["type"] != "function" or not isinstance(function["parameters"], dict):
        raise ValueError("a tool must be a function with parameters")
    if "strict" in function:
        raise ValueError("unknown field: strict; strict_tools holds for all tools")
    return {"type": "function", "function": {**function, **({"strict": True} if strict else {})}}


def _seen_format(wanted: Mapping[str, Any]) -> dict[str, Any]:
    if wanted["type"] not in ("text", "json_object"):
        raise ValueError("response_format.type must be text or json_object")
    if "json_schema" not in wanted:
        return {"type": wanted["type"]}
    schema = {"name": "schema", "schema": wanted["json_schema"]}
    return {"type": "json_schema", "json_schema": schema}


def _seen_message(n: int, message: Mapping[str, Any]) -> SeenMessage:
    if message["role"] not in _ROLES:
        raise ValueError(f"messages[{n}].role must be one of {', '.join(_ROLES)}")
    if message["role"] == "tool" and not message.get("tool_call_id"):
        raise ValueError(f"messages[{n}] must have a tool_call_id")
    parts = _parts(message.get("content"))
    images = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    if images and message["role"] != "user":
        raise ValueError(f"messages[{n}]: only a user's message may hold an image")
    if not parts and not message.get("tool_calls"):
        raise ValueError(f"messages[{n}] must have content or tool calls")
    return SeenMessage(
        role=message["role"],
        text="".join(part["text"] for part in parts if part["type"] == "text"),
        images=images,
        calls=[_seen_call(call) for call in message.get("tool_calls") or ()],
        answers=message.get("tool_call_id"),
    )


def _parts(content: object) -> Sequence[Mapping[str, Any]]:
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise ValueError("content must be a text or a list of parts")
    return content


def _seen_call(call: Mapping[str, Any]) -> tuple[str, str, Any]:
    function = call["function"]
    if call["type"] != "function" or not isinstance(function["arguments"], str):
        raise ValueError("a tool call must be a function, and its arguments a text")
    return call["id"], function["name"], _arguments(function["arguments"])


def _arguments(text: str) -> Any:
    return json.loads(text)
