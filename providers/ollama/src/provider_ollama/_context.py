"""How many tokens a call needs, and which context size to ask for.

Ollama reads as many tokens as ``num_ctx`` says, by default 4,096 on most machines. What does not
fit is left out without an error, from the beginning of the conversation. A model is loaded again if
``num_ctx`` changes, so there are only a few sizes, and a provider never goes back to a smaller one.

Source: https://docs.ollama.com/context-length
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from provider_sdk import ChatCall, Message

SIZES = (8192, 16384, 32768, 65536, 131072, 262144)
"""Values of ``num_ctx`` to choose from."""

_ANSWER = 4096
_TURN = 8
_IMAGE = 1536
_ASCII_PER_TOKEN = 3
_BYTES_PER_TOKEN = 12
_LEAST_SENT = 256


def context_size(call: ChatCall, window: int | None = None) -> int:
    """Return the ``num_ctx`` for a call: the smallest size that surely holds it and its answer.

    Args:
        call: the call.
        window: the most tokens that its model reads, if known.
    """
    need = most_tokens(call)
    size = next((size for size in SIZES if size >= need), SIZES[-1])
    return min(size, window) if window else size


def most_tokens(call: ChatCall) -> int:
    """Return a number of tokens that a call and its answer hardly exceed.

    It is at least twice what is sent, because some versions of Ollama keep half of the context for
    the answer and leave out what does not fit into the other half.
    """
    limit = call.options.get("max_tokens") or 0
    tools = call.options.get("tools")
    sent = sum(map(_most_of_message, call.messages)) + (_most_of_json(tools) if tools else 0)
    return sent + max(sent, limit if limit > 0 else _ANSWER)


def fewest_tokens(call: ChatCall) -> int:
    """Return a number of tokens that the messages of a call have in every usual tokenizer.

    A word is at least one token, and a token is hardly longer than twelve bytes.
    """
    return sum(map(_fewest_of_text, (message.text for message in call.messages)))


def left_out(call: ChatCall, read: int | None) -> str | None:
    """Return a warning if the service read fewer tokens than were sent, else ``None``."""
    if read is None:
        return None
    enough = max(read, _LEAST_SENT)
    characters = sum(len(message.text) for message in call.messages)
    if characters <= enough or (fewest := fewest_tokens(call)) <= enough:
        return None
    return (
        f"the model read {read} tokens, but at least {fewest} were sent: the service left out a "
        "part of the conversation; shorten it, or raise options.num_ctx by extra_body"
    )


def chosen_size(options: Mapping[str, Any]) -> object:
    """Return the ``num_ctx`` that a caller chose by ``extra_body``, ``None`` if none."""
    own = (options.get("extra_body") or {}).get("options")
    return own.get("num_ctx") if isinstance(own, Mapping) else None


def with_size(call: ChatCall, size: int) -> ChatCall:
    """Return the call with a ``num_ctx``, beside what the caller put into ``extra_body``."""
    extra = call.options.get("extra_body") or {}
    own = extra.get("options", {})
    if not isinstance(own, Mapping):
        return call
    body = {**extra, "options": {**own, "num_ctx": size}}
    return replace(call, options={**call.options, "extra_body": body})


def _most_of_message(message: Message) -> int:
    text = message.text
    tokens = _TURN + _most_of_text(text)
    if not isinstance(message.content, str):
        tokens += _IMAGE * sum(part["type"] == "image_url" for part in message.content)
    for call in message.tool_calls:
        tokens += _TURN + _most_of_text(call.name) + _most_of_text(call.arguments_text)
    return tokens


def _most_of_text(text: str) -> int:
    if text.isascii():
        return len(text) // _ASCII_PER_TOKEN + 1
    others = len(text.encode("utf-8", "surrogatepass")) - len(text)  # grows with rare characters
    return (len(text) + 2 * others) // _ASCII_PER_TOKEN + 1


def _most_of_json(value: Any) -> int:
    try:
        return len(msgspec.json.encode(value)) // _ASCII_PER_TOKEN
    except (TypeError, ValueError, RecursionError):
        return 0  # the request itself will say what cannot be sent


def _fewest_of_text(text: str) -> int:
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    return max(len(text.split()), size // _BYTES_PER_TOKEN)
