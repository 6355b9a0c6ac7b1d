"""Builds the request body of a chat call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import ChatCall

from provider_openai._input import input_items

ENCRYPTED = "reasoning.encrypted_content"
_RENAMED = {"temperature": "temperature", "top_p": "top_p", "max_tokens": "max_output_tokens"}


def chat_body(call: ChatCall, *, is_padded: bool) -> dict[str, Any]:
    """Return the JSON body of a call, ``model`` first: routers read it from the first bytes.

    Args:
        call: the call.
        is_padded: whether the service pads the events of a stream unless told not to.
    """
    options: Mapping[str, Any] = call.options
    left_out = left_out_of(call)
    body: dict[str, Any] = {"model": call.model, "input": input_items(call)}
    body |= {new: options[old] for old, new in _RENAMED.items() if old in options}
    if tools := options.get("tools"):
        body["tools"] = [_tool(tool["function"], "strict" in left_out) for tool in tools]
    if (choice := options.get("tool_choice")) is not None:
        body["tool_choice"] = choice if isinstance(choice, str) else _choice(choice)
    if wanted := options.get("response_format"):
        body["text"] = {"format": _format(wanted, "strict" in left_out)}
    if effort := options.get("reasoning_effort"):
        body["reasoning"] = {"effort": effort}
        if effort != "none" and "summary" not in left_out:
            body["reasoning"]["summary"] = "auto"
    body |= {"store": False, "stream": call.stream}
    if "include" not in left_out:
        body["include"] = [ENCRYPTED]
    if call.stream and is_padded and "stream_options" not in left_out:
        body["stream_options"] = {"include_obfuscation": False}
    return _merged(body, options.get("extra_body") or {})


def left_out_of(call: ChatCall) -> frozenset[str]:
    """Return the names of what the package sends by itself, and the model or service rejected."""
    names: frozenset[str] = call.learned.get("left_out", frozenset())
    return names


def _tool(function: Mapping[str, Any], is_short: bool) -> dict[str, Any]:
    schema = dict(function.get("parameters") or {"properties": {}})
    tool = {
        "type": "function",
        "name": function["name"],
        # The service demands the type, which others take for granted.
        "parameters": schema if schema.get("type") else {"type": "object", **schema},
    }
    if description := function.get("description"):
        tool["description"] = description
    return tool | _strictness(function, is_short)


def _strictness(asked: Mapping[str, Any], is_short: bool) -> dict[str, Any]:
    """Return ``strict`` as asked, else as false.

    If it is left out, the service makes each argument a required one.
    """
    if is_short and asked.get("strict") is None:
        return {}
    return {"strict": bool(asked.get("strict"))}


def _choice(choice: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "function", "name": choice["function"]["name"]}


def _format(wanted: Mapping[str, Any], is_short: bool) -> dict[str, Any]:
    named = wanted.get("json_schema")
    if wanted["type"] != "json_schema" or not isinstance(named, Mapping):
        return {"type": wanted["type"]}
    kept = {name: value for name, value in named.items() if value is not None}
    return {"type": "json_schema", **kept, **_strictness(named, is_short)}


def _merged(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with the caller's fields.

    Objects are merged, if theirs names no type, and what they include is added.
    """
    for name, value in extra.items():
        own = body.get(name)
        if isinstance(own, dict) and isinstance(value, Mapping) and "type" not in value:
            body[name] = {**own, **value}
        elif name == "include" and isinstance(own, list) and isinstance(value, list):
            body[name] = [*own, *(item for item in value if item not in own)]
        else:
            body[name] = value
    return body
