"""How many tokens a call needs, and which context size to ask for.

Ollama reads as many tokens as ``num_ctx`` says, by default 4,096 on most machines. What does not
fit is left out without an error, from the beginning of the conversation. A model is loaded again if
``num_ctx`` changes, so there are only a few sizes, and a provider never goes back to a smaller one.

Source: https://docs.ollama.com/context-length
"""

from __future__ import annotations

import re
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
# What is one token at least in some tokenizer: a digit, a character between words, a piece of a
# word, a run of the same character. The space before a word is part of its token.
_MOST_PIECES = re.compile(
    r"[a-z]{1,3}|[A-Z]{1,2}|[0-9]| {2,4}|([\x00-\x1f!-/:-@\[-`{-\x7f])\1{0,3}"
)
_RUNS = re.compile(r"(.)\1{3,}", re.DOTALL)
_NOT_WORDS = re.compile(r"[\W_]+")
_BYTES_PER_TOKEN = 12
_LEAST_SENT = 256
_SMALLEST_CONTEXT = 1024


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

    A word is at least one token, and a token of letters is hardly longer than twelve bytes. Runs of
    one character may be few tokens, and so may whatever stands between words.
    """
    return sum(map(_fewest_of_text, (message.text for message in call.messages)))


def left_out(call: ChatCall, read: int | None, cached: int | None) -> str | None:
    """Return a warning if the service read fewer tokens than were sent, else ``None``.

    Args:
        call: the call.
        read: the tokens that the service counted; some leave out those that it had cached.
        cached: those that it says it had cached.
    """
    if read is None:
        return None
    read += cached or 0
    enough = max(read, _LEAST_SENT)
    characters = sum(len(message.text) for message in call.messages)
    if characters <= enough or (fewest := fewest_tokens(call)) <= enough:
        return None
    if not cached and _is_without_cached(call, read):
        return None
    return (
        f"the model read {read} tokens, but at least {fewest} were sent: the service left out a "
        "part of the conversation; shorten it, or raise options.num_ctx by extra_body"
    )


def _is_without_cached(call: ChatCall, read: int) -> bool:
    """Whether a count may leave out what was cached: the beginning, up to the last answer.

    It is smaller than any context then, or not larger than what was added since.
    """
    size = chosen_size(call.options)
    smallest = min(_SMALLEST_CONTEXT, size // 2) if isinstance(size, int) else _SMALLEST_CONTEXT
    roles = [message.role for message in call.messages]
    if read < smallest or "assistant" not in roles:
        return read < smallest
    added = roles[::-1].index("assistant") + 1
    return read <= sum(map(_most_of_message, call.messages[-added:]))


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
    # Not `finditer`, which looks up a method with a name of its own at each call: the interpreter's
    # cache of methods would keep thousands of those. More than the largest size is never asked for.
    _, pieces = _MOST_PIECES.subn("", text, count=SIZES[-1])
    tokens = pieces + 1
    if not text.isascii():
        rare = len(text) - len(text.encode("ascii", "ignore"))
        others = len(text.encode("utf-8", "surrogatepass")) - len(text)  # grows with rarity
        tokens += (rare + 2 * others) // 3
    return tokens


def _most_of_json(value: Any) -> int:
    try:
        return _most_of_text(msgspec.json.encode(value).decode())
    except (TypeError, ValueError, RecursionError):
        return 0  # the request itself will say what cannot be sent


def _fewest_of_text(text: str) -> int:
    text = _RUNS.sub(r"\1", text)
    words = sum(any(map(str.isalnum, word)) for word in text.split())
    letters = _NOT_WORDS.sub("", text)
    return max(words, len(letters.encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN)
