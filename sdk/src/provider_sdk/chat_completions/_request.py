"""A chat call as a request body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk._dialect import ChatCall
from provider_sdk._messages import Message

_PASSED_ON = (
    "temperature",
    "top_p",
    "max_tokens",
    "stop",
    "seed",
    "tools",
    "tool_choice",
    "response_format",
    "reasoning_effort",
)


def chat_body(call: ChatCall) -> dict[str, Any]:
    """Return the JSON body of a call, ``model`` first: routers read it from the first bytes."""
    body: dict[str, Any] = {
        "model": call.model,
        "messages": [wire_message(message) for message in call.messages],
    }
    options: Mapping[str, Any] = call.options
    body.update({name: options[name] for name in _PASSED_ON if name in options})
    body["stream"] = call.stream
    if call.stream and call.include_usage:
        body["stream_options"] = {"include_usage": True}
    if extra := call.options.get("extra_body"):
        body.update(extra)
    return body


def wire_message(message: Message) -> dict[str, Any]:
    """Return a message in OpenAI's shape, without what belongs to other providers."""
    data = message.to_dict()
    data.pop("provider_data", None)
    if message.tool_calls and not data["content"]:
        data["content"] = None
    return data
