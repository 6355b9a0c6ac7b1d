"""Event loops whose clocks move faster than real ones."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Sequence
from typing import Any

REAL_LIMIT_S = 20.0
"""Real seconds after which a loop that makes no progress is given up."""

_THREAD_WAIT_S = 0.02


class StalledError(Exception):
    """Nothing can happen any more, or nothing ends."""


class _LimitedSelector(selectors.DefaultSelector):
    """Gives up in real time, however the loop's own clock runs."""

    def __init__(self) -> None:
        super().__init__()
        self._give_up_at = time.monotonic() + REAL_LIMIT_S

    def select(self, timeout: float | None = None) -> Sequence[Any]:  # type: ignore[override]
        left = self._give_up_at - time.monotonic()
        if left <= 0:
            raise StalledError(f"the check did not end within {REAL_LIMIT_S:g} real seconds")
        return super().select(left if timeout is None else min(timeout, left))


class MovableClockLoop(asyncio.SelectorEventLoop):
    """Runs in real time, and can be moved forward: due timers then ring at once."""

    def __init__(self) -> None:
        self._ahead = 0.0
        super().__init__(_LimitedSelector())

    def time(self) -> float:
        """Return the real clock's seconds and those that were skipped."""
        return super().time() + self._ahead

    def move(self, seconds: float) -> None:
        """Move the clock forward."""
        self._ahead += seconds


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer as soon as nothing else is to be done.

    Whoever waits for an hour gets there at once.
    """

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Move the clock."""
        self._now += seconds

    @property
    def uses_threads(self) -> bool:
        """Whether work runs outside the loop, which a jump would overtake."""
        return getattr(self, "_default_executor", None) is not None


class _JumpingSelector(_LimitedSelector):
    def __init__(self, loop: VirtualClockLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Sequence[Any]:  # type: ignore[override]
        waiting = timeout is None or timeout > 0
        patience = _THREAD_WAIT_S if waiting and self._loop.uses_threads else 0
        events = super().select(patience)
        if events or not waiting:
            return events
        if timeout is None:
            if self._loop.uses_threads:
                return super().select(_THREAD_WAIT_S)
            raise StalledError("everything waits for something that will never happen")
        self._loop.jump(timeout)
        return events
