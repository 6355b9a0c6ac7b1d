"""Which attempt is part of which: a router's attempt and that of the provider which it asks."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Span:
    """An attempt until its first event; what the same owner starts meanwhile is part of it.

    A router reports its attempts, and the provider that it asks may report the same ones to the
    same observer. The inner one knows the provider and its retries best.

    Attributes:
        owner: who keeps it.
        session: the session in which the attempt started.
        outer: the span around it.
        is_open: whether the attempt still waits for its first event.
        has_inner: whether the owner was told of an attempt inside it.
    """

    owner: object
    session: str | None
    outer: Span | None = None
    is_open: bool = True
    has_inner: bool = False

    def enter(self) -> None:
        """Become the innermost span of this context."""
        self.outer = _innermost()
        outer = self.outer
        while outer is not None:
            outer.has_inner = outer.has_inner or outer.owner is self.owner
            outer = outer.outer
        _span.set(self)

    def leave(self) -> None:
        """End, and make the one around it the innermost again if this is its context."""
        self.is_open = False
        if _span.get() is self:
            _span.set(self.outer)


_span: ContextVar[Span | None] = ContextVar("provider_sdk_span", default=None)


def _innermost() -> Span | None:
    # A task that was started within a span may live longer than it.
    span = _span.get()
    while span is not None and not span.is_open:
        span = span.outer
    return span
