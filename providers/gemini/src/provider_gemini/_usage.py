"""Token counts in the contract's terms."""

from __future__ import annotations

from provider_sdk import Usage
from provider_sdk.decoding import token_count

from provider_gemini._wire import WireUsage


class UsageReader:
    """Adds up nothing: each count is a running total, and the last one that was sent counts."""

    def __init__(self) -> None:
        self._prompt: int | None = None
        self._tool_use: int | None = None
        self._cached: int | None = None
        self._answer: int | None = None
        self._thoughts: int | None = None
        self._total: int | None = None

    def read(self, counts: WireUsage | None) -> Usage | None:
        """Take a report; return the counts so far, ``None`` if none was ever sent."""
        if counts is not None:
            self._prompt = _last(counts.prompt_token_count, self._prompt)
            self._tool_use = _last(counts.tool_use_prompt_token_count, self._tool_use)
            self._cached = _last(counts.cached_content_token_count, self._cached)
            self._answer = _last(counts.candidates_token_count, self._answer)
            self._thoughts = _last(counts.thoughts_token_count, self._thoughts)
            self._total = _last(counts.total_token_count, self._total)
        found = Usage(
            # What the service's own tools found is read by the model too, and counted apart.
            _sum(self._prompt, self._tool_use),
            _sum(self._answer, self._thoughts),
            self._total,
            self._cached,
            self._thoughts,
        )
        return found if found != _NONE else None


_NONE = Usage()


def _last(sent: object, before: int | None) -> int | None:
    if type(sent) is int and 0 <= sent < 1_000_000_000:  # as nearly all are
        return sent
    found = token_count(sent)
    return before if found is None else found


def _sum(first: int | None, second: int | None) -> int | None:
    return first if second is None else second if first is None else first + second
