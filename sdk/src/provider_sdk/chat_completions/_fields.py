"""Fields of messages and deltas that services fill in different ways."""

from __future__ import annotations

from collections.abc import Mapping

from provider_sdk._responses import FinishReason
from provider_sdk._usage import Usage
from provider_sdk.decoding import mapping_or_empty, token_count

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "refusal",
}


def finish_reason(raw: object) -> FinishReason | None:
    """Return the contract's word for a wire's, ``None`` for none; unknown words are ``other``."""
    if raw is None or raw == "":
        return None
    return _FINISH.get(raw, "other") if isinstance(raw, str) else "other"


def read_usage(usage: object) -> Usage | None:
    """Return the usage object of a response or chunk, ``None`` where it holds no count."""
    if not isinstance(usage, Mapping):
        return None
    read = mapping_or_empty(usage.get("prompt_tokens_details"))
    written = mapping_or_empty(usage.get("completion_tokens_details"))
    result = Usage(
        prompt_tokens=token_count(usage.get("prompt_tokens")),
        completion_tokens=token_count(usage.get("completion_tokens")),
        total_tokens=token_count(usage.get("total_tokens")),
        cached_tokens=token_count(read.get("cached_tokens")),
        reasoning_tokens=token_count(written.get("reasoning_tokens")),
    )
    return None if result == Usage() else result


def read_content(content: object) -> tuple[str, str]:
    """Return text and reasoning of a ``content``: text, null, or Mistral's list of parts."""
    if isinstance(content, str):
        return content, ""
    if not isinstance(content, list):
        return "", ""
    text = "".join(_text(part) for part in content if _kind(part) != "thinking")
    thoughts = "".join(_text(part) for part in content if _kind(part) == "thinking")
    return text, thoughts


def first_reasoning(*candidates: object) -> str:
    """Return the first field that holds reasoning: some services send the same in two."""
    for candidate in candidates:
        if not candidate:
            continue
        if isinstance(candidate, str):
            return candidate
        if isinstance(candidate, list) and (joined := "".join(map(_text, candidate))):
            return joined
    return ""


def _kind(part: object) -> object:
    return part.get("type") if isinstance(part, Mapping) else None


def _text(part: object) -> str:
    """Return the text in a part, however deep: ``{"thinking": [{"text": "…"}]}``."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(map(_text, part))
    if isinstance(part, Mapping):
        return _text(part.get("text") or part.get("thinking") or part.get("summary") or "")
    return ""
