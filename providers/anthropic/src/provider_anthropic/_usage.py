"""Token counts and stop reasons, in the contract's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import FinishReason, Usage
from provider_sdk.decoding import mapping_or_empty, token_count

PAUSED = "pause_turn"
PAUSE_WARNING = (
    "the service paused the turn: append the message and call again, and it goes on from there"
)

# https://docs.anthropic.com/en/api/handling-stop-reasons
_FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
    PAUSED: "other",
}


def finish_reason(raw: object) -> FinishReason | None:
    """Return the contract's finish reason, ``None`` for none, ``other`` for an unknown one."""
    if raw is None or raw == "":
        return None
    return _FINISH.get(raw, "other") if isinstance(raw, str) else "other"


def explanation_of(stop_details: object) -> str:
    """Return why the service refused, ``""`` if it does not say."""
    found = mapping_or_empty(stop_details).get("explanation")
    return found if isinstance(found, str) else ""


class UsageReader:
    """Adds up nothing: each count is a running total, and the last one that was sent counts."""

    def __init__(self) -> None:
        self._counts: dict[str, Any] = {}

    def read(self, usage: object) -> Usage | None:
        """Take a report; return the counts so far, ``None`` if none was ever sent."""
        reported = mapping_or_empty(usage)
        self._counts.update({n: value for n, value in reported.items() if value is not None})
        found = _usage(self._counts)
        return found if found != Usage() else None


def _usage(counts: Mapping[str, Any]) -> Usage:
    fresh = token_count(counts.get("input_tokens"))
    written = token_count(counts.get("cache_creation_input_tokens"))
    cached = token_count(counts.get("cache_read_input_tokens"))
    details = mapping_or_empty(counts.get("output_tokens_details"))
    return Usage(
        # Tokens that a cache held, or that were written to it, are not in `input_tokens`.
        prompt_tokens=None if fresh is None else fresh + (written or 0) + (cached or 0),
        completion_tokens=token_count(counts.get("output_tokens")),
        cached_tokens=cached,
        reasoning_tokens=token_count(details.get("thinking_tokens")),
        cache_write_tokens=written,
    )
