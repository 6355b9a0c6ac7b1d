"""Decodes requests of OpenAI chat completions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provider_sdk import OPTION_NAMES

from provider_conformance.wires._answer import SeenChat, SeenMessage, SeenPart, seen_arguments
from provider_conformance.wires._openai_answer import SEALED_BLOCK
from provider_conformance.wires._state import unsealed

_OPTIONS = sorted(OPTION_NAMES - {"timeout", "extra_headers", "extra_body"})
_FIELDS = frozenset(
    {"model", "messages", "stream", "stream_options", "max_completion_tokens", *_OPTIONS}
)
# What a field says that is not there.
_DEFAULTS: Mapping[str, Any] = {
    "n": 1,
    "store": False,
    "logprobs": False,
    "parallel_tool_calls": True,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "service_tier": "auto",
}
_STREAM_FIELDS = frozenset({"include_usage", "include_obfuscation"})
_OWN_FIELDS = ("reasoning_content", "reasoning_details")
_MESSAGE_FIELDS = frozenset(
    {"role", "content", "tool_calls", "tool_call_id", "reasoning", "refusal", *_OWN_FIELDS}
)
_CALL_FIELDS = frozenset({"id", "type", "function", "extra_content"})


def seen_chat(body: Any) -> SeenChat:
    """Return a chat call, decoded into the contract's terms.

    Raises:
        ValueError: it is not valid in the protocol; the message says why.
    """
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        raise ValueError("the body holds no list of messages")
    if not isinstance(body.get("model"), str):
        raise ValueError("the body names no model")
    options = {name: body[name] for name in _OPTIONS if name in body}
    if "max_completion_tokens" in body:
        # OpenAI's later name for the same.
        options["max_tokens"] = body["max_completion_tokens"]
    stream_options = body.get("stream_options") or {}
    return SeenChat(
        model=body["model"],
        messages=[_seen_message(message) for message in body["messages"]],
        options=options,
        stream=body.get("stream") is True,
        wants_usage=stream_options.get("include_usage") is True,
        body=body,
        surplus=dict(_surplus(body)),
    )


def _surplus(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in _unknown("", body, _FIELDS):
        if value is not None and value != _DEFAULTS.get(name):
            yield name, value
    yield from _unknown("stream_options.", body.get("stream_options") or {}, _STREAM_FIELDS)
    for n, message in enumerate(body["messages"]):
        yield from _unknown(f"messages[{n}].", message, _MESSAGE_FIELDS)
        for m, call in enumerate(message.get("tool_calls") or ()):
            yield from _unknown(f"messages[{n}].tool_calls[{m}].", call, _CALL_FIELDS)


def _unknown(
    place: str, fields: Mapping[str, Any], known: frozenset[str]
) -> Iterator[tuple[str, Any]]:
    return ((f"{place}{name}", value) for name, value in fields.items() if name not in known)


def _seen_message(message: Mapping[str, Any]) -> SeenMessage:
    content = message.get("content")
    parts = [_seen_part(part) for part in content] if isinstance(content, list) else []
    text = "".join(part.value for part in parts if part.kind == "text")
    calls = message.get("tool_calls") or ()
    role = message["role"]
    return SeenMessage(
        role="system" if role == "developer" else role,  # OpenAI's later name for the same
        text=content if isinstance(content, str) else text,
        images=[part.value for part in parts if part.kind == "image"],
        calls=[_seen_call(call) for call in calls],
        answers=message.get("tool_call_id"),
        parts=parts,
        own_fields=_own_fields(message, calls),
        state=_seen_state(message, calls),
    )


def _seen_part(part: Mapping[str, Any]) -> SeenPart:
    if part["type"] == "image_url":
        return SeenPart("image", part["image_url"]["url"], part["image_url"].get("detail"))
    if part["type"] != "text":
        raise ValueError(f"a part is neither text nor image, but {part['type']!r}")
    return SeenPart("text", part["text"])


def _seen_call(call: Mapping[str, Any]) -> tuple[str, str, Any]:
    function = call["function"]
    return call["id"], function["name"], seen_arguments(function["arguments"])


def _own_fields(message: Mapping[str, Any], calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found = {name: message[name] for name in _OWN_FIELDS if name in message}
    if any("extra_content" in call for call in calls):
        found["extra_content"] = [call.get("extra_content") for call in calls]
    return found


def _seen_state(message: Mapping[str, Any], calls: Sequence[Mapping[str, Any]]) -> Any:
    """Return the state of a turn; if it did not come back in all its places, a list of what did."""
    found = [_opened(block) for block in message.get("reasoning_details") or ()]
    extras = [call["extra_content"] for call in calls if "extra_content" in call]
    found += [unsealed(extra.get("google", {}).get("thought_signature")) for extra in extras]
    places = 2 if calls else 1
    is_whole = len(found) == places and all(state == found[0] for state in found)
    return found[0] if is_whole else found or None


def _opened(block: Mapping[str, Any]) -> Any:
    """Return the state in a block, or the block if it was changed."""
    rest = {name: value for name, value in block.items() if name != "data"}
    return unsealed(block.get("data")) if rest == SEALED_BLOCK else block
