"""Builds the request body of a chat call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from provider_sdk._dialect import ChatCall
from provider_sdk._messages import Message, with_turn_state
from provider_sdk._patterns import Pattern
from provider_sdk.chat_completions._state import fields_of
from provider_sdk.turn_state import items_of

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
_STATE_FIELD = Pattern(r"\b(reasoning(_content|_details)?|extra_content)\b", re.IGNORECASE)
_UNKNOWN_FIELD = Pattern(
    r"un(supported|known|expected|recognized)|not (supported|permitted|allowed)|extra.?forbidden",
    re.IGNORECASE,
)


def chat_body(call: ChatCall) -> dict[str, Any]:
    """Return the JSON body of a call, ``model`` first: routers read it from the first bytes."""
    body: dict[str, Any] = {
        "model": call.model,
        "messages": [wire_message(message, call) for message in call.messages],
    }
    options: Mapping[str, Any] = call.options
    body.update({name: options[name] for name in _PASSED_ON if name in options})
    body["stream"] = call.stream
    if call.stream and call.include_usage:
        body["stream_options"] = {"include_usage": True}
    if extra := call.options.get("extra_body"):
        body.update(extra)
    return body


def wire_message(message: Message, call: ChatCall) -> dict[str, Any]:
    """Return a message in OpenAI's shape, with its state for this provider and model."""
    data = message.to_dict()
    data.pop("provider_data", None)
    if message.tool_calls and not data["content"]:
        data["content"] = None
    state = items_of(message, call.provider)
    return with_turn_state(data, fields_of(state, call.model)) if state else data


def refuses_state(said: str) -> bool:
    """Whether an error says that the service does not know a field of the state of earlier turns.

    Groq and Cerebras, for example, send ``reasoning`` and do not take it back.
    """
    return bool(_STATE_FIELD.search(said) and _UNKNOWN_FIELD.search(said))
