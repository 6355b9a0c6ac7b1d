"""An event loop whose clock jumps: whoever waits for an hour gets there at once."""

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


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer as soon as nothing else is to be done."""

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


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualClockLoop) -> None:
        super().__init__()
        self._loop = loop
        self._give_up_at = time.monotonic() + REAL_LIMIT_S

    def select(self, timeout: float | None = None) -> Sequence[Any]:  # type: ignore[override]
        if time.monotonic() > self._give_up_at:
            raise StalledError(f"the check did not end within {REAL_LIMIT_S:g} real seconds")
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
