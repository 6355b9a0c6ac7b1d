"""Which attempts are under way: a router's, and within it that of the provider which it asks."""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import dataclass, field

from provider_sdk._errors import ProviderError, ProviderUnavailableError


@dataclass(eq=False, slots=True)
class Span:
    """``with span:`` an attempt waits for its answer, a stream's for its first event.

    What starts in the block is part of the attempt: retries of providers count in it, and keep to
    its limit; in a block within another, in both and to both.

    Attributes:
        longest_wait_s: a retry that must wait longer is not made, nor one for which the service
            asks to wait at all, nor one of a service that cannot be reached; ``None`` for no such
            limit.
        retries: how many were made.
        sessions: the session in which it started, by ``id`` of each counter that will count it.
    """

    longest_wait_s: float | None = None
    retries: int = 0
    sessions: dict[int, tuple[str | None]] = field(default_factory=dict)
    _outer: Span | None = None
    _is_open: bool = False
    _token: Token[Span | None] = field(init=False)

    def __enter__(self) -> None:
        self._outer = _innermost.get()
        self._token = _innermost.set(self)
        self._is_open = True

    def __exit__(self, *raised: object) -> None:
        self._is_open = False
        _innermost.reset(self._token)

    def permits(self, wait: float, error: ProviderError) -> bool:
        """Whether a retry after this error may wait so long."""
        if self.longest_wait_s is None:
            return True
        # Who has no service running would wait in vain before each answer of another.
        if isinstance(error, ProviderUnavailableError) and error.unreachable:
            return False
        return not error.retry_after and wait <= self.longest_wait_s

    @staticmethod
    def open_here() -> list[Span]:
        """Return those in whose blocks this runs, the innermost first."""
        found = []
        span = _innermost.get()
        while span is not None:
            if span._is_open:  # a task that was started in a block may outlive it
                found.append(span)
            span = span._outer
        return found


# Not an argument: it must reach the retries of every provider through the four coroutines.
_innermost: ContextVar[Span | None] = ContextVar("provider_sdk_span", default=None)
