"""Builds the request body of a chat call.

Source: https://docs.cohere.com/reference/chat
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider_sdk import (
    ChatCall,
    ChatOptions,
    Message,
    ToolCall,
    UnsupportedCapabilityError,
    json_body,
)

from provider_cohere._state import state_of

_NAMES = {"temperature": "temperature", "top_p": "p", "max_tokens": "max_tokens", "seed": "seed"}
# What is said by not saying it: the model may call a tool, and need not.
_CHOICES = {"auto": None, "none": "NONE", "required": "REQUIRED"}
_THINKING = {"none": {"type": "disabled"}}
_NO_PARAMETERS = {"type": "object", "properties": {}}


def chat_body(call: ChatCall) -> dict[str, Any]:
    """Return the JSON body of a call.

    Raises:
        UnsupportedCapabilityError: the protocol cannot express the call.
    """
    options = call.options
    given: Mapping[str, Any] = options
    body: dict[str, Any] = {
        "model": call.model,
        "messages": [*_system(call), *_turns(call)],
        "stream": call.stream,
    }
    body |= {name: given[option] for option, name in _NAMES.items() if option in given}
    if (stop := options.get("stop")) is not None:
        body["stop_sequences"] = [stop] if isinstance(stop, str) else list(stop)
    body |= _tools(options)
    if (effort := options.get("reasoning_effort")) is not None:
        body["thinking"] = _thinking(effort)
    if wanted := _wire_format(options.get("response_format") or {}):
        body["response_format"] = wanted
    return {**body, **(options.get("extra_body") or {})}


def _tools(options: ChatOptions) -> dict[str, Any]:
    tools = options.get("tools")
    if not tools:
        return {}
    fields: dict[str, Any] = {"tools": [_tool(tool["function"]) for tool in tools]}
    if any(tool["function"].get("strict") for tool in tools):
        fields["strict_tools"] = True
    if (choice := _choice(options.get("tool_choice", "auto"))) is not None:
        fields["tool_choice"] = choice
    return fields


def _tool(function: Mapping[str, Any]) -> dict[str, Any]:
    written = {name: value for name, value in function.items() if name != "strict"}
    written["parameters"] = written.get("parameters") or _NO_PARAMETERS
    return {"type": "function", "function": written}


def _choice(choice: object) -> str | None:
    if isinstance(choice, str):
        return _CHOICES[choice]
    raise UnsupportedCapabilityError(
        "Cohere cannot be told to call one tool by its name; nothing was sent",
        hint="Offer only that tool, with tool_choice='required'.",
    )


def _thinking(effort: str) -> dict[str, Any]:
    if effort in _THINKING:
        return _THINKING[effort]
    raise UnsupportedCapabilityError(
        f"Cohere knows no reasoning_effort but 'none', so {effort!r} was not sent, nor the call",
        hint="Set a budget: extra_body={'thinking': {'type': 'enabled', 'token_budget': 2048}}.",
    )


def _wire_format(wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    match wanted.get("type"):
        case "json_schema":
            return {"type": "json_object", "json_schema": wanted["json_schema"]["schema"]}
        case "json_object":
            return {"type": "json_object"}
    return None


def _system(call: ChatCall) -> Iterator[dict[str, Any]]:
    """Yield one message with all system texts: the service wants it first."""
    found = [message for message in call.messages if message.role == "system"]
    texts = [text for message in found if (text := _content(message))]
    if len(texts) == 1:
        yield {"role": "system", "content": texts[0]}
    elif texts:
        yield {"role": "system", "content": [{"type": "text", "text": text} for text in texts]}


def _turns(call: ChatCall) -> Iterator[dict[str, Any]]:
    """Yield the turns after the system message, without those that say nothing."""
    for message in call.messages:
        if message.role != "system":
            wire = _wire_message(message, call)
            if wire.get("content") or message.tool_calls or message.role == "tool":
                yield wire


def _wire_message(message: Message, call: ChatCall) -> dict[str, Any]:
    wire: dict[str, Any] = {"role": message.role, "content": _content(message)}
    if message.role == "assistant":
        state = state_of(message, call)
        if state.thinking:
            thinking = {"type": "thinking", "thinking": state.thinking}
            wire["content"] = [thinking, *_text_parts(message.text)]
        elif not message.text:
            del wire["content"]
        if message.tool_calls:
            wire["tool_calls"] = [_wire_call(made) for made in message.tool_calls]
            if state.plan:
                wire["tool_plan"] = state.plan
    if message.tool_call_id is not None:
        wire["tool_call_id"] = message.tool_call_id
    return wire


def _wire_call(made: ToolCall) -> dict[str, Any]:
    text = made.arguments_text or json_body(made.arguments or {}).decode()
    function = {"name": made.name, "arguments": text}
    return {"id": made.id, "type": "function", "function": function}


def _content(message: Message) -> Any:
    if not message.has_image:
        return message.text
    if message.role != "user":
        raise UnsupportedCapabilityError(
            f"Cohere has no images in a message of the role {message.role!r}; nothing was sent",
            hint="Put the image into a user's message.",
        )
    return list(message.content)


def _text_parts(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text}] if text else []
