"""Builds the request body of a chat call.

Source: https://docs.ollama.com/api/chat
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from provider_sdk import ChatCall, ChatOptions, Message, ToolCall, UnsupportedCapabilityError

from provider_ollama._state import thinking_of

_IN_OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_tokens": "num_predict",
    "seed": "seed",
    "stop": "stop",
}
_EFFORTS: Mapping[str, bool | str] = {"none": False, "minimal": "low", "xhigh": "max"}
_DATA_URL = re.compile(r"data:[^,]{0,200}?(?P<base64>;base64)?,", re.IGNORECASE)


def chat_body(call: ChatCall) -> dict[str, Any]:
    """Return the JSON body of a call.

    Raises:
        UnsupportedCapabilityError: the protocol cannot express the call.
    """
    options = call.options
    body: dict[str, Any] = {
        "model": call.model,
        "messages": _wire_messages(call),
        "stream": call.stream,
    }
    if tools := options.get("tools"):
        body["tools"] = tools
        _check_choice(options)
    if (wanted := _wire_format(options)) is not None:
        body["format"] = wanted
    if (effort := options.get("reasoning_effort")) is not None:
        body["think"] = _EFFORTS.get(effort, effort)
    body["options"] = _wire_options(options)
    return _with_extra(body, options.get("extra_body") or {})


def _wire_options(options: ChatOptions) -> dict[str, Any]:
    given: Mapping[str, Any] = options
    found = {name: given[option] for option, name in _IN_OPTIONS.items() if option in given}
    if isinstance(stop := found.get("stop"), str):
        found["stop"] = [stop]
    return found


def _with_extra(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Merge further fields into a body; those of ``options`` one by one."""
    own = extra.get("options")
    options = {**body["options"], **own} if isinstance(own, Mapping) else body["options"]
    merged = {**body, **extra}
    if isinstance(own, Mapping) or "options" not in extra:
        merged["options"] = options
    return merged


def _wire_format(options: ChatOptions) -> Any:
    wanted = options.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        return wanted["json_schema"]["schema"]
    return "json" if wanted.get("type") == "json_object" else None


def _check_choice(options: ChatOptions) -> None:
    choice = options.get("tool_choice", "auto")
    if choice != "auto":
        raise UnsupportedCapabilityError(
            f"Ollama has no tool_choice, so {_shown(choice)} cannot be sent; nothing was sent",
            hint="Leave tool_choice out; offer only the tools that the model may call.",
        )


def _shown(choice: object) -> str:
    return repr(choice) if isinstance(choice, str) else "one function by name"


def _wire_messages(call: ChatCall) -> list[dict[str, Any]]:
    names: dict[str, str] = {}
    found = []
    for message in call.messages:
        names.update((made.id, made.name) for made in message.tool_calls)
        found.append(_wire_message(message, call, names))
    return found


def _wire_message(message: Message, call: ChatCall, names: Mapping[str, str]) -> dict[str, Any]:
    wire: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.has_image:
        wire["images"] = _wire_images(message)
    if message.role == "assistant" and (thinking := thinking_of(message, call)):
        wire["thinking"] = thinking
    if message.tool_calls:
        wire["tool_calls"] = [_wire_call(made) for made in message.tool_calls]
    if (id := message.tool_call_id) is not None:
        if name := names.get(id):
            wire["tool_name"] = name
        wire["tool_call_id"] = id
    return wire


def _wire_call(call: ToolCall) -> dict[str, Any]:
    arguments = call.arguments
    if arguments is None:
        # The protocol has only objects. The model sees its own broken text, under this name.
        arguments = {"arguments": call.arguments_text}
    return {"id": call.id, "function": {"name": call.name, "arguments": arguments}}


def _wire_images(message: Message) -> list[str]:
    urls = [
        part["image_url"]["url"]
        for part in message.content
        if not isinstance(part, str) and part["type"] == "image_url"
    ]
    return [_image_data(url) for url in urls]


def _image_data(url: str) -> str:
    if found := _DATA_URL.match(url):
        data = unquote_to_bytes(url[found.end() :])
        return (data if found["base64"] else b64encode(data)).decode("ascii", "replace")
    raise UnsupportedCapabilityError(
        "Ollama loads no images from addresses; nothing was sent",
        hint="Pass the image itself, as data:image/png;base64,… for example.",
    )
