"""Builds the request body of a chat call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import ChatCall, ProviderRequestError, UnsupportedCapabilityError

from provider_anthropic._messages import system_blocks, turns
from provider_anthropic._models import facts_of

_CHOICES = {"auto": "auto", "none": "none", "required": "any"}
_EFFORTS = {"minimal": "low"}
# The tokens that a model without efforts may think, as others think at that effort.
_BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 32000}
_LEAST_BUDGET = 1024
_COUNTED = (
    *("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config"),
    "cache_control",
)


def chat_body(call: ChatCall) -> dict[str, Any]:
    """Return the JSON body of a call.

    Raises:
        UnsupportedCapabilityError: the service, or this model, cannot do what the call asks.
        ProviderRequestError: ``max_tokens`` leaves no room for the thinking that the call asks for.
    """
    options = call.options
    limit = options.get("max_tokens")
    most = facts_of(call.model).max_tokens if limit is None else limit
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
    return body | dict(options.get("extra_body") or {})


def count_body(call: ChatCall) -> dict[str, Any]:
    """Return the JSON body of a call that counts the tokens of a chat call."""
    body = chat_body(call)
    return {name: body[name] for name in _COUNTED if name in body}


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
        kind = facts_of(call.model).thinking
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
    if max_tokens <= _LEAST_BUDGET:
        raise ProviderRequestError(
            f"{model} thinks for at least {_LEAST_BUDGET} tokens, and max_tokens is {max_tokens}",
            hint="Raise max_tokens, or leave out reasoning_effort.",
        )
    wanted = _BUDGETS.get(effort, max_tokens)
    return {"type": "enabled", "budget_tokens": max(_LEAST_BUDGET, min(wanted, max_tokens - 1))}
