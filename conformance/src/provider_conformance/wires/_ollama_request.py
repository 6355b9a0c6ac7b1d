"""Decodes requests of Ollama's own protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_conformance.wires._answer import SeenChat, SeenMessage

_OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "num_predict": "max_tokens",
    "stop": "stop",
    "seed": "seed",
}
# Without num_ctx the service cuts off what exceeds its default, so a provider may choose it.
_ALWAYS_ALLOWED = frozenset({"num_ctx"})
_FIELDS = frozenset({"model", "messages", "stream", "options", "tools", "format", "think"})


def seen_chat(body: Any) -> SeenChat:
    """Return a chat call, decoded into the contract's terms.

    Raises:
        ValueError: it is not valid in the protocol; the message says why.
    """
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        raise ValueError("the body holds no list of messages")
    if not isinstance(body.get("model"), str):
        raise ValueError("the body names no model")
    return SeenChat(
        model=body["model"],
        messages=[_seen_message(message) for message in body["messages"]],
        options=_seen_options(body),
        stream=body.get("stream", True) is not False,
        body=body,
        surplus=_surplus(body),
    )


def _surplus(body: Mapping[str, Any]) -> dict[str, Any]:
    known = _OPTIONS.keys() | _ALWAYS_ALLOWED
    options = {f"options.{name}": v for name, v in _options(body).items() if name not in known}
    return {name: value for name, value in body.items() if name not in _FIELDS} | options


def _options(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return body.get("options") or {}


def _seen_options(body: Mapping[str, Any]) -> dict[str, Any]:
    options = {_OPTIONS[name]: v for name, v in _options(body).items() if name in _OPTIONS}
    if body.get("tools"):
        options["tools"] = body["tools"]
    if "think" in body:
        options["reasoning_effort"] = "none" if body["think"] is False else body["think"]
    if body.get("format") == "json":
        options["response_format"] = {"type": "json_object"}
    elif body.get("format"):
        options["response_format"] = {
            "type": "json_schema",
            "json_schema": {"schema": body["format"]},
        }
    return options


def _seen_message(message: Mapping[str, Any]) -> SeenMessage:
    if not isinstance(message.get("content", ""), str):
        raise ValueError("the content of a message is not a text")
    thinking = message.get("thinking")
    return SeenMessage(
        role=message["role"],
        text=message.get("content", ""),
        images=[f"data:;base64,{image}" for image in message.get("images") or ()],
        calls=[_seen_call(call) for call in message.get("tool_calls") or ()],
        answers=message.get("tool_call_id"),
        own_fields={} if thinking is None else {"reasoning_content": thinking},
    )


def _seen_call(call: Mapping[str, Any]) -> tuple[Any, str, Any]:
    arguments = call["function"]["arguments"]
    if not isinstance(arguments, dict):
        raise ValueError("the arguments of a tool call are not an object")
    return call.get("id"), call["function"]["name"], arguments
