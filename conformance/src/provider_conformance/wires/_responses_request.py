"""Decodes requests of the Responses API, as strictly as the service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from provider_conformance.wires._answer import SeenChat, SeenMessage
from provider_conformance.wires._responses_input import seen_input
from provider_conformance.wires._traits import ALL_EFFORTS

LEAST_TOKENS = 16
ENCRYPTED = "reasoning.encrypted_content"

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_MOVED = {
    "messages": "input",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
}
_ELSEWHERE = (
    *("n", "stop", "seed", "logit_bias", "logprobs", "functions", "function_call"),
    *("frequency_penalty", "presence_penalty"),
)
"""What other protocols have and this one rejects."""

_FIELDS = frozenset(
    {
        *("model", "input", "instructions", "stream", "stream_options", "store", "include"),
        *("max_output_tokens", "temperature", "top_p", "reasoning", "text"),
        *("tools", "tool_choice"),
    }
)
# What a field says that is not there.
_DEFAULTS: Mapping[str, Any] = {
    "parallel_tool_calls": True,
    "truncation": "disabled",
    "service_tier": "auto",
    "background": False,
    "top_logprobs": 0,
    "metadata": {},
}
_LARGEST = {"temperature": 2, "top_p": 1}
_SUMMARIES = ("auto", "concise", "detailed")


def seen_chat(body: Any) -> SeenChat:
    """Return a chat call, decoded into the contract's terms.

    Raises:
        ValueError: it is not valid in the protocol; the message says why.
    """
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        raise ValueError("Missing required parameter: 'model'.")
    _require_own(body)
    include = body.get("include") or []
    instructions = body.get("instructions")
    return SeenChat(
        model=body["model"],
        messages=[
            *([] if instructions is None else [SeenMessage("system", instructions)]),
            *seen_input(body.get("input")),
        ],
        options=dict(_options(body)),
        stream=body.get("stream") is True,
        wants_state=ENCRYPTED in include,
        body=body,
        surplus=dict(_surplus(body)),
    )


def _require_own(body: Mapping[str, Any]) -> None:
    """Fail if a request holds what only other protocols have, or what only a stored one can."""
    for name in body:
        if name in _MOVED:
            raise ValueError(
                f"Unsupported parameter: '{name}'. In the Responses API, this parameter has moved"
                f" to '{_MOVED[name]}'."
            )
        if name in _ELSEWHERE:
            raise ValueError(f"Unknown parameter: '{name}'.")
    for name in ("previous_response_id", "conversation"):
        if body.get(name) is not None:
            raise ValueError(f"Previous response with id {body[name]!r} not found.")
    streaming = body.get("stream_options")
    if streaming is not None and body.get("stream") is not True:
        raise ValueError("The 'stream_options' parameter is only allowed when 'stream' is enabled.")
    _require_known("stream_options", streaming or {}, "include_obfuscation")


def _require_known(place: str, fields: Mapping[str, Any], *known: str) -> None:
    for name in fields:
        if name not in known:
            raise ValueError(f"Unknown parameter: '{place}.{name}'.")


def _options(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the options by the contract's names."""
    for name, most in _LARGEST.items():
        if name in body:
            yield name, _number(body, name, most)
    if "max_output_tokens" in body:
        yield "max_tokens", _limit(body["max_output_tokens"])
    if body.get("tools"):
        yield "tools", [_seen_tool(n, tool) for n, tool in enumerate(body["tools"])]
    if "tool_choice" in body:
        yield "tool_choice", _seen_choice(body["tool_choice"], body.get("tools") or ())
    reasoning = body.get("reasoning") or {}
    _require_known("reasoning", reasoning, "effort", "summary")
    if "summary" in reasoning:
        _require_one_of("reasoning.summary", reasoning["summary"], _SUMMARIES)
    if "effort" in reasoning:
        _require_one_of("reasoning.effort", reasoning["effort"], sorted(ALL_EFFORTS))
        yield "reasoning_effort", reasoning["effort"]
    text = body.get("text") or {}
    _require_known("text", text, "format", "verbosity")
    if "format" in text:
        yield "response_format", _seen_format(text["format"])


def _number(body: Mapping[str, Any], name: str, most: float) -> Any:
    value = body[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"Invalid '{name}': expected a number from 0 to {most}, got {value!r}.")
    return value


def _limit(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("Invalid type for 'max_output_tokens': expected an integer.")
    if value < LEAST_TOKENS:
        raise ValueError(
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value"
            f" >= {LEAST_TOKENS}, but got {value} instead."
        )
    return value


def _require_one_of(place: str, value: Any, known: Any) -> None:
    if value not in known:
        supported = ", ".join(map(repr, known))
        raise ValueError(f"Invalid value for '{place}': {value!r}. Supported: {supported}.")


def _seen_tool(number: int, tool: Mapping[str, Any]) -> dict[str, Any]:
    place = f"tools[{number}]"
    if tool["type"] != "function":
        raise ValueError(f"Invalid value for '{place}.type': {tool['type']!r}.")
    _require_known(place, tool, "type", "name", "description", "parameters", "strict")
    _require_name(f"{place}.name", tool.get("name"))
    function = {n: tool[n] for n in ("name", "description", "parameters") if n in tool}
    return {"type": "function", "function": {**function, "strict": _is_strict(tool)}}


def _is_strict(found: Mapping[str, Any]) -> bool:
    """Whether a tool or schema is strict, as it is unless it says that it is not."""
    return bool(found.get("strict", True))


def _require_name(place: str, name: Any) -> None:
    if not isinstance(name, str):
        raise ValueError(f"Missing required parameter: '{place}'.")
    if not _NAME.fullmatch(name):
        raise ValueError(f"Invalid '{place}': expected to match {_NAME.pattern}, got {name!r}.")


def _seen_choice(choice: Any, tools: Any) -> Any:
    if isinstance(choice, str):
        _require_one_of("tool_choice", choice, ("auto", "none", "required"))
        if choice == "required" and not tools:
            raise ValueError("Tool choice 'required' must be specified with 'tools' parameter.")
        return choice
    _require_known("tool_choice", choice, "type", "name")
    if choice["type"] != "function" or choice["name"] not in [tool["name"] for tool in tools]:
        raise ValueError("Tool choice 'function' not found in 'tools' parameter.")
    return {"type": "function", "function": {"name": choice["name"]}}


def _seen_format(format: Mapping[str, Any]) -> dict[str, Any]:
    kind = format["type"]
    _require_one_of("text.format.type", kind, ("text", "json_object", "json_schema"))
    if kind != "json_schema":
        _require_known("text.format", format, "type")
        return {"type": kind}
    _require_known("text.format", format, "type", "name", "description", "schema", "strict")
    _require_name("text.format.name", format.get("name"))
    if not isinstance(format.get("schema"), dict):
        raise ValueError("Missing required parameter: 'text.format.schema'.")
    named = {name: value for name, value in format.items() if name != "type"}
    return {"type": kind, "json_schema": {**named, "strict": _is_strict(format)}}


def _surplus(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in body.items():
        if name not in _FIELDS and value is not None and value != _DEFAULTS.get(name):
            yield name, value
    # The service keeps every conversation for which nobody asks it not to.
    if body.get("store") is not False:
        yield "store", body.get("store", True)
    for name in body.get("include") or ():
        if name != ENCRYPTED:
            yield f"include: {name}", True
    if (verbosity := (body.get("text") or {}).get("verbosity", "medium")) != "medium":
        yield "text.verbosity", verbosity
