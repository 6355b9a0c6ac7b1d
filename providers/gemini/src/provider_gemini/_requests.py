"""Builds the request bodies of chat calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import ChatCall, ProviderRequestError

from provider_gemini._messages import contents, system_parts
from provider_gemini._models import path_of
from provider_gemini._schemas import openapi_schema
from provider_gemini._thinking import thinking_config

_CHOICES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
_SAMPLING = {
    "temperature": "temperature",
    "top_p": "topP",
    "max_tokens": "maxOutputTokens",
    "seed": "seed",
}
_JSON = "application/json"
_SEEDS = range(-(2**31), 2**31)


def chat_body(call: ChatCall) -> dict[str, Any]:
    """Return the JSON body of a call.

    Raises:
        UnsupportedCapabilityError: the service, or this model, cannot do what the call asks.
        ProviderRequestError: the seed does not fit into 32 bits, as the service demands.
    """
    body: dict[str, Any] = {}
    if system := system_parts(call):
        body["systemInstruction"] = {"parts": system}
    body["contents"] = contents(call)
    if tools := call.options.get("tools"):
        body["tools"] = [
            {"functionDeclarations": [_tool(tool["function"], call) for tool in tools]}
        ]
    if calling := _calling(call):
        body["toolConfig"] = {"functionCallingConfig": calling}
    if config := _generation_config(call):
        body["generationConfig"] = config
    return _merged(body, call.options.get("extra_body") or {})


def count_body(call: ChatCall) -> dict[str, Any]:
    """Return the JSON body of a call that counts the tokens of a chat call."""
    return {"generateContentRequest": {"model": path_of(call.model), **chat_body(call)}}


def _generation_config(call: ChatCall) -> dict[str, Any]:
    options = call.options
    config: dict[str, Any] = {
        wire: options[name]  # type: ignore[literal-required]
        for name, wire in _SAMPLING.items()
        if name in options
    }
    if options.get("seed", 0) not in _SEEDS:
        raise ProviderRequestError(
            f"seed must be a number of 32 bits, not {options['seed']}; nothing was sent",
            hint=f"Choose one from {_SEEDS[0]} to {_SEEDS[-1]}.",
        )
    if (stop := options.get("stop")) is not None:
        config["stopSequences"] = [stop] if isinstance(stop, str) else list(stop)
    wanted = options.get("response_format") or {}
    if wanted.get("type") in ("json_object", "json_schema"):
        config["responseMimeType"] = _JSON
    if wanted.get("type") == "json_schema":
        schema = wanted["json_schema"]["schema"]
        if call.learned.get("openapi_schemas"):
            config["responseSchema"] = openapi_schema(schema, "response_format")
        else:
            config["responseJsonSchema"] = schema
    if (thinking := thinking_config(call)) is not None:
        config["thinkingConfig"] = thinking
    return config


def _merged(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with the caller's fields: objects are merged."""
    for name, value in extra.items():
        own = body.get(name)
        is_part = isinstance(own, dict) and isinstance(value, Mapping)
        body[name] = {**(own or {}), **value} if is_part else value
    return body


def _tool(function: Mapping[str, Any], call: ChatCall) -> dict[str, Any]:
    tool: dict[str, Any] = {"name": function["name"]}
    if description := function.get("description"):
        tool["description"] = description
    parameters = function.get("parameters")
    if parameters and call.learned.get("openapi_schemas"):
        tool["parameters"] = openapi_schema(parameters, f"the parameters of {function['name']}")
    elif parameters:
        tool["parametersJsonSchema"] = parameters
    return tool


def _calling(call: ChatCall) -> dict[str, Any] | None:
    choice = call.options.get("tool_choice")
    if isinstance(choice, str):
        return {"mode": _CHOICES[choice]}
    if choice is not None:
        return {"mode": "ANY", "allowedFunctionNames": [choice["function"]["name"]]}
    return None
