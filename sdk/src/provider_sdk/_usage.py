"""Token usage as a service reports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one exchange; a count that the service did not send is ``None``, never 0.

    Attributes:
        prompt_tokens: tokens that the model read, cached and tool-use tokens included.
        completion_tokens: tokens that it wrote, reasoning included.
        total_tokens: as reported; if it was not sent, the sum of both if both are known.
        cached_tokens: the part of ``prompt_tokens`` read from a cache.
        reasoning_tokens: the part of ``completion_tokens`` spent on reasoning.
        source: ``"reported"`` by the service, or ``"estimated"`` by whoever counts the tokens.
        cache_write_tokens: the part of ``prompt_tokens`` that was written to a cache.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    source: Literal["reported", "estimated"] = "reported"
    cache_write_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.total_tokens is None and None not in (self.prompt_tokens, self.completion_tokens):
            total = (self.prompt_tokens or 0) + (self.completion_tokens or 0)
            object.__setattr__(self, "total_tokens", total)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the source as a plain dict."""
        return {name: getattr(self, name) for name in self.__slots__}  # all are plain values


MOST_TOKENS = 2**53
"""Beyond it, a float no longer counts; no price or sum may overflow by a service's number."""


def token_count(value: object) -> int | None:
    """Return a decoded value as a token count, ``None`` if it is not one."""
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value <= MOST_TOKENS else None
