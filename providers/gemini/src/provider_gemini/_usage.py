"""Token counts in the contract's terms."""

from __future__ import annotations

from provider_sdk import Usage
from provider_sdk.decoding import token_count

from provider_gemini._wire import WireUsage


class UsageReader:
    """Adds up nothing: each count is a running total, and the last one that was sent counts."""

    def __init__(self) -> None:
        self._last = WireUsage()

    def take(self, sent: WireUsage) -> None:
        """Take a report; counts that it lacks stay as they were."""
        last = self._last
        if sent.prompt_token_count is None:
            sent.prompt_token_count = last.prompt_token_count
        if sent.candidates_token_count is None:
            sent.candidates_token_count = last.candidates_token_count
        if sent.thoughts_token_count is None:
            sent.thoughts_token_count = last.thoughts_token_count
        if sent.tool_use_prompt_token_count is None:
            sent.tool_use_prompt_token_count = last.tool_use_prompt_token_count
        if sent.cached_content_token_count is None:
            sent.cached_content_token_count = last.cached_content_token_count
        if sent.total_token_count is None:
            sent.total_token_count = last.total_token_count
        self._last = sent

    def usage(self) -> Usage | None:
        """Return the counts so far, ``None`` if none was ever sent."""
        last = self._last
        thoughts = token_count(last.thoughts_token_count)
        found = Usage(
            # What the service's own tools found is read by the model too, and counted apart.
            _sum(
                token_count(last.prompt_token_count),
                token_count(last.tool_use_prompt_token_count),
            ),
            _sum(token_count(last.candidates_token_count), thoughts),
            token_count(last.total_token_count),
            token_count(last.cached_content_token_count),
            thoughts,
        )
        return found if found != _NONE else None


_NONE = Usage()


def _sum(first: int | None, second: int | None) -> int | None:
    return first if second is None else second if first is None else first + second
