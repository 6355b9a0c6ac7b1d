"""Decodes requests of generateContent, as strictly as the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_conformance.wires._answer import SeenChat
from provider_conformance.wires._gemini_fields import camel_case, fields, items, text
from provider_conformance.wires._gemini_schema import json_schema
from provider_conformance.wires._gemini_tools import seen_choice, seen_tools
from provider_conformance.wires._gemini_turns import seen_messages

_FIELDS = frozenset({"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"})
_OPTIONS = {
    "temperature": "temperature",
    "topP": "top_p",
    "maxOutputTokens": "max_tokens",
    "stopSequences": "stop",
    "seed": "seed",
}
_SCHEMAS = ("responseSchema", "responseJsonSchema", "_responseJsonSchema")
_NEEDED = frozenset({*_OPTIONS, *_SCHEMAS, "responseMimeType", "thinkingConfig"})
_UNNEEDED = frozenset(
    {
        *("topK", "candidateCount", "presencePenalty", "frequencyPenalty", "responseLogprobs"),
        *("logprobs", "responseModalities", "speechConfig", "imageConfig", "mediaResolution"),
        *("enableEnhancedCivicAnswers", "responseFormat", "translationConfig"),
    }
)
_THINKING = frozenset({"includeThoughts", "thinkingBudget", "thinkingLevel"})
_LEVELS = ("minimal", "low", "medium", "high", "xhigh")
_JSON = "application/json"
_TYPES = ("text/plain", "text/x.enum", _JSON)
_INT32 = 2**31


def seen_chat(body: Any, *, model: str, stream: bool) -> SeenChat:
    """Return a chat call, decoded into the contract's terms.

    Raises:
        ValueError: it is not valid in the protocol; the message says why.
    """
    if not isinstance(body, Mapping):
        raise ValueError("Invalid JSON payload received: the body must be an object")
    # What is unknown here is surplus and not an error: `extra_body` may bring it.
    known = {camel_case(name): item for name, item in body.items() if item is not None}
    config = fields(known.get("generationConfig", {}), "generation_config", _NEEDED | _UNNEEDED)
    return SeenChat(
        model=model,
        messages=seen_messages(known.get("systemInstruction"), known.get("contents")),
        options=_options(config) | _tool_options(known),
        stream=stream,
        body=body,
        surplus={
            **{name: item for name, item in body.items() if camel_case(name) not in _FIELDS},
            **{f"generationConfig.{name}": config[name] for name in config.keys() & _UNNEEDED},
        },
    )


def _tool_options(known: Mapping[str, Any]) -> dict[str, Any]:
    tools = seen_tools(known.get("tools"))
    options: dict[str, Any] = {"tools": tools} if tools else {}
    choice = seen_choice(known.get("toolConfig"), tools)
    return options if choice is None else {**options, "tool_choice": choice}


def _options(config: Mapping[str, Any]) -> dict[str, Any]:
    _require_limits(config)
    options = {_OPTIONS[name]: config[name] for name in config.keys() & _OPTIONS.keys()}
    if effort := _effort(config.get("thinkingConfig")):
        options["reasoning_effort"] = effort
    if format := _format(config):
        options["response_format"] = format
    return options


def _require_limits(config: Mapping[str, Any]) -> None:
    _require_number(config, "temperature", 0, 2)
    _require_number(config, "topP", 0, 1)
    for name, least in (("maxOutputTokens", 1), ("seed", -_INT32)):
        value = config.get(name, least)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value < _INT32:
            raise ValueError(f"Invalid value at 'generation_config.{name}' (TYPE_INT32)")
    for stop in items(config.get("stopSequences"), "generation_config.stop_sequences"):
        if not text(stop, "generation_config.stop_sequences"):
            raise ValueError("generation_config.stop_sequences: must not hold an empty text")


def _require_number(config: Mapping[str, Any], name: str, least: float, most: float) -> None:
    value = config.get(name, least)
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"generation_config.{name}: must be a number from {least} to {most}")


def _effort(thinking: Any) -> Any:
    """Return the effort that a request asks for; a budget of tokens is itself."""
    found = fields(thinking or {}, "generation_config.thinking_config", _THINKING)
    budget, level = found.get("thinkingBudget"), found.get("thinkingLevel")
    if budget is not None and level is not None:
        raise ValueError("You can only set only one of thinking budget and thinking level.")
    if level is not None:
        # The reference writes levels in capitals, the guides do not; both are taken.
        if level not in _LEVELS and level not in map(str.upper, _LEVELS):
            raise ValueError(f"Invalid value at 'thinking_config.thinking_level', {level!r}")
        return level.lower()
    if budget is None:
        return None
    if not isinstance(budget, int) or isinstance(budget, bool) or budget < -1:
        raise ValueError("Invalid value at 'thinking_config.thinking_budget' (TYPE_INT32)")
    return {"thinkingBudget": budget} if budget else "none"


def _format(config: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = config.get("responseMimeType", "text/plain")
    given = [name for name in _SCHEMAS if name in config]
    if kind not in _TYPES:
        raise ValueError(f"generation_config.response_mime_type: allowed mimetypes are {_TYPES}")
    if len(given) > 1:
        raise ValueError(f"generation_config: only one of {' and '.join(given)} may be set")
    if given and kind != _JSON:
        raise ValueError(f"generation_config.{given[0]}: only supported with {_JSON}")
    if not given:
        named = {"text/plain": "text", _JSON: "json_object"}.get(kind, kind)
        return {"type": named} if "responseMimeType" in config else None
    schema = config[given[0]]
    if given == ["responseSchema"]:
        schema = json_schema(schema, "generation_config.response_schema")
    return {"type": "json_schema", "json_schema": {"schema": schema}}
