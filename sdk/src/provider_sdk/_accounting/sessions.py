"""The session that calls belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

_session: ContextVar[str | None] = ContextVar("provider_sdk_session", default=None)


current_session: Callable[[], str | None] = _session.get
"""Returns the session of the innermost block ``in_session``, ``None`` outside of any."""


@contextmanager
def in_session(name: str | None) -> Iterator[None]:
    """Make it the session of the calls that start in this block."""
    token = _session.set(name)
    try:
        yield
    finally:
        # The clean-up of a generator may run in another context, where the block never began.
        with suppress(ValueError):
            _session.reset(token)


def check_session(name: object) -> None:
    """Raise ``TypeError`` for what is not text."""
    if not isinstance(name, str):
        raise TypeError(f"a session's name must be text, not {type(name).__name__}")
