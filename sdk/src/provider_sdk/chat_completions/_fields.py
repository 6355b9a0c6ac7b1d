"""Fields of messages, deltas and usage that services fill in different ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from provider_sdk._usage import Usage
from provider_sdk.decoding import mapping_or_empty, token_count

_THOUGHTS = ("reason", "think", "thought", "redacted", "summary")
_TEXT_FIELDS = ("text", "thinking", "reasoning", "reasoning_content", "summary", "content")
_NOTHING = Usage()


class Content(NamedTuple):
    """The content of a message, split by kind."""

    text: str
    reasoning: str = ""
    refusal: str = ""


def position(index: object) -> int | None:
    """Return a position in a list, which some services send as text, ``None`` for anything else."""
    if isinstance(index, str) and index.isdecimal():
        return int(index[:9])
    return index if isinstance(index, int) and not isinstance(index, bool) else None


def read_usage(*places: object) -> Usage | None:
    """Return the usage in the first place that holds any count, ``None`` if none does."""
    for place in places:
        if isinstance(place, Mapping) and (found := _usage(place)) != _NOTHING:
            return found
    return None


def groq_error(extension: object) -> object:
    """Return why a stream was stopped early, in Groq's extension of a chunk."""
    return mapping_or_empty(extension).get("error")


def groq_usage(extension: object) -> Mapping[str, Any]:
    """Return the usage in Groq's extension of a chunk, if it has both counts."""
    usage = mapping_or_empty(mapping_or_empty(extension).get("usage"))
    if not usage:
        return usage
    is_whole = None not in (_first(usage, "prompt_tokens"), _first(usage, "completion_tokens"))
    return usage if is_whole else {}


def _usage(usage: Mapping[str, Any]) -> Usage:
    read = _details(usage, "prompt_tokens_details", "input_tokens_details")
    written = _details(usage, "completion_tokens_details", "output_tokens_details")
    prompt = _first(usage, "prompt_tokens", "input_tokens")
    completion = _first(usage, "completion_tokens", "output_tokens")
    total = _first(usage, "total_tokens")
    reasoning = _first(written, "reasoning_tokens")
    if reasoning is None:
        reasoning = _first(usage, "reasoning_tokens")
    cached = _first(read, "cached_tokens")
    if cached is None:
        # DeepSeek, Moonshot, Together, SGLang, and gateways in front of Anthropic.
        cached = _first(
            usage,
            *("cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens"),
            *("cache_read_input_tokens", "cached_prompt_tokens", "cached_input_tokens"),
        )
    if None not in (prompt, completion, total) and reasoning:
        # xAI does not count reasoning in the completion: https://docs.x.ai
        is_separate = (prompt or 0) + (completion or 0) + reasoning == total
        completion = (completion or 0) + reasoning if is_separate else completion
    stored = _first(read, "cache_write_tokens", "cache_creation_tokens")
    if stored is None:
        stored = _first(usage, "cache_creation_input_tokens")
    return Usage(prompt, completion, total, cached, reasoning, cache_write_tokens=stored)


def _details(usage: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        if found := mapping_or_empty(usage.get(name)):
            return found
    return {}


def _first(holder: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = holder.get(name)
        if value is not None and (count := token_count(value)) is not None:
            return count
    return None


def read_content(content: object) -> Content:
    """Split a ``content``, which may be text, null, a part, or a list of parts."""
    if isinstance(content, str):
        return Content(content)
    parts = [content] if isinstance(content, Mapping) else content
    if not isinstance(parts, list):
        return Content("")
    sorted_parts: dict[str, list[str]] = {"text": [], "reasoning": [], "refusal": []}
    for part in parts:
        kind = _kind(part)
        sorted_parts[kind].append(_text(part.get("refusal")) if kind == "refusal" else _text(part))
    return Content(*map("".join, sorted_parts.values()))


def first_reasoning(*candidates: object) -> str:
    """Return the first reasoning that is not empty: some services send the same in two fields."""
    for candidate in candidates:
        if not candidate:
            continue
        if isinstance(candidate, str):
            return candidate
        if isinstance(candidate, list | Mapping) and (joined := _text(candidate)):
            return joined
    return ""


def _kind(part: object) -> str:
    if not isinstance(part, Mapping):
        return "text"
    kind = part.get("type")
    if kind == "refusal":
        return "refusal"
    is_thought = isinstance(kind, str) and kind.lower().startswith(_THOUGHTS)
    return "reasoning" if is_thought or part.get("thought") is True else "text"


def _text(part: object) -> str:
    """Return the text in a part, however deeply nested: ``{"thinking": [{"text": "…"}]}``."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(map(_text, part))
    if isinstance(part, Mapping):
        return next((text for name in _TEXT_FIELDS if (text := _text(part.get(name)))), "")
    return ""
