"""Builds the request body of a chat call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import ChatCall, ProviderRequestError, UnsupportedCapabilityError
from provider_sdk.decoding import mapping_or_empty

from provider_anthropic._messages import system_blocks, turns
from provider_anthropic._models import Thinking, facts_of

_CHOICES = {"auto": "auto", "none": "none", "required": "any"}
_EFFORTS = {"minimal": "low"}
# The tokens that a model without efforts may think, as others think at that effort.
_BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 32000}
LEAST_BUDGET = 1024
_THINKING: Mapping[str, Thinking] = {"enabled": "budget", "disabled": "none"}
# What the service's own client does not send with a request for a count.
_NOT_COUNTED = frozenset(
    {
        *("max_tokens", "stream", "stop_sequences", "temperature", "top_p", "top_k", "metadata"),
        *("service_tier", "container", "inference_geo", "diagnostics", "output_format"),
        *("fallbacks", "fallback_credit_token"),
    }
)


def chat_body(call: ChatCall) -> dict[str, Any]:
    """Return the JSON body of a call.

    Raises:
        UnsupportedCapabilityError: the service, or this model, cannot do what the call asks.
        ProviderRequestError: ``max_tokens`` leaves no room for the thinking that the call asks for.
    """
    options = call.options
    most = _most_tokens(call)
    body: dict[str, Any] = {"model": call.model, "max_tokens": most}
    if system := system_blocks(call):
        body["system"] = system[0]["text"] if len(system) == 1 else system
    body["messages"] = turns(call)
    if (stop := options.get("stop")) is not None:
        body["stop_sequences"] = [stop] if isinstance(stop, str) else list(stop)
    if tools := options.get("tools"):
        body["tools"] = [_tool(tool["function"]) for tool in tools]
    if (choice := options.get("tool_choice")) is not None:
        body["tool_choice"] = _choice(choice)
    body |= _thinking_and_format(call, most)
    body |= {name: options[name] for name in ("temperature", "top_p") if name in options}
    body["stream"] = call.stream
    return _merged(body, options.get("extra_body") or {})


def count_body(call: ChatCall) -> dict[str, Any]:
    """Return the JSON body of a call that counts the tokens of a chat call."""
    return {name: value for name, value in chat_body(call).items() if name not in _NOT_COUNTED}


def thinking_of(call: ChatCall) -> Thinking:
    """Return how the call tells its model to think."""
    extra = mapping_or_empty((call.options.get("extra_body") or {}).get("thinking")).get("type")
    if extra is not None:
        return _THINKING.get(extra, "adaptive") if isinstance(extra, str) else "adaptive"
    if call.options.get("reasoning_effort") in (None, "none"):
        return "none"
    known: Thinking = call.learned.get("thinking") or facts_of(call.model).thinking
    return known


def _most_tokens(call: ChatCall) -> int:
    options = call.options
    extra = (options.get("extra_body") or {}).get("max_tokens")
    for limit in (extra, options.get("max_tokens"), call.learned.get("max_tokens")):
        if isinstance(limit, int):
            return limit
    return facts_of(call.model).max_tokens


def _merged(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with the caller's fields: objects are merged, if theirs names no type."""
    for name, value in extra.items():
        own = body.get(name)
        is_part = isinstance(own, dict) and isinstance(value, Mapping) and "type" not in value
        body[name] = {**(own or {}), **value} if is_part else value
    return body


def _tool(function: Mapping[str, Any]) -> dict[str, Any]:
    schema = dict(function.get("parameters") or {"properties": {}})
    tool: dict[str, Any] = {"name": function["name"]}
    if description := function.get("description"):
        tool["description"] = description
    # The service demands the type, which others take for granted.
    tool["input_schema"] = schema if schema.get("type") else {"type": "object", **schema}
    if function.get("strict") is not None:
        tool["strict"] = function["strict"]
    return tool


def _choice(choice: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(choice, str):
        return {"type": _CHOICES[choice]}
    return {"type": "tool", "name": choice["function"]["name"]}


def _thinking_and_format(call: ChatCall, max_tokens: int) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    config: dict[str, Any] = {}
    effort = call.options.get("reasoning_effort")
    if effort == "none":
        fields["thinking"] = {"type": "disabled"}
    elif effort is not None:
        kind = call.learned.get("thinking") or facts_of(call.model).thinking
        if kind == "none":
            raise UnsupportedCapabilityError(
                f"{call.model} cannot think (reasoning_effort); nothing was sent"
            )
        if kind == "budget":
            fields["thinking"] = _budget(call.model, effort, max_tokens)
        else:
            fields["thinking"] = {"type": "adaptive", "display": "summarized"}
            config["effort"] = _EFFORTS.get(effort, effort)
    wanted = call.options.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        config["format"] = {"type": "json_schema", "schema": wanted["json_schema"]["schema"]}
    return {**fields, "output_config": config} if config else fields


def _budget(model: str, effort: str, max_tokens: int) -> dict[str, Any]:
    if max_tokens <= LEAST_BUDGET:
        raise ProviderRequestError(
            f"{model} thinks for at least {LEAST_BUDGET} tokens, and max_tokens is {max_tokens}",
            hint="Raise max_tokens, or leave out reasoning_effort.",
        )
    wanted = _BUDGETS.get(effort, max_tokens)
    return {"type": "enabled", "budget_tokens": max(LEAST_BUDGET, min(wanted, max_tokens - 1))}
