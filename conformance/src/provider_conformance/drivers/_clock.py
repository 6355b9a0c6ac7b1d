"""Event loops whose clocks move faster than real ones."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Sequence, Sized
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

_T = TypeVar("_T")
_Args = TypeVarTuple("_Args")

REAL_LIMIT_S = 20.0
"""Real seconds after which a loop that makes no progress is given up."""

_THREAD_WAIT_S = 0.02
_THREAD_PATIENCE_S = 2.0
"""Longest time for which a clock waits for a thread, which may itself wait for the clock."""


class StalledError(BaseException):
    """An event loop waits for something that can never happen, or makes no progress.

    Not an ``Exception``, because a loop that goes on after every exception would go on after this.
    """


class _LimitedSelector(selectors.DefaultSelector):
    """Gives up after a limit of real time, however fast the loop's own clock runs."""

    def __init__(self) -> None:
        super().__init__()
        self._give_up_at = time.monotonic() + REAL_LIMIT_S

    def select(self, timeout: float | None = None) -> Sequence[Any]:  # type: ignore[override]
        left = self._give_up_at - time.monotonic()
        if left <= 0:
            raise StalledError(f"the check did not end within {REAL_LIMIT_S:g} real seconds")
        return super().select(left if timeout is None else min(timeout, left))


class MovableClockLoop(asyncio.SelectorEventLoop):
    """Runs in real time, and can be moved forward: due timers then fire at once."""

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

    So a wait of an hour ends at once.
    """

    _ready: Sized  # of asyncio's own: what runs in this turn after the one that asks, or the next

    def __init__(self) -> None:
        self._now = 0.0
        self._outside: set[asyncio.Future[Any]] = set()
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Move the clock."""
        self._now += seconds

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[_Args]], _T], *args: *_Args
    ) -> asyncio.Future[_T]:
        """Run work in an executor, and keep count of it."""
        future = super().run_in_executor(executor, func, *args)
        self._outside.add(future)
        future.add_done_callback(self._outside.discard)
        return future

    @property
    def works_outside(self) -> bool:
        """Whether work in an executor is under way; the clock must not jump past it."""
        return bool(self._outside)

    @property
    def is_idle(self) -> bool:
        """Whether nothing but the calling task can do anything before the clock moves."""
        return not (self._ready or self.uses_threads)

    @property
    def uses_threads(self) -> bool:
        """Whether there are threads that may call the loop."""
        return getattr(self, "_default_executor", None) is not None


class _JumpingSelector(_LimitedSelector):
    def __init__(self, loop: VirtualClockLoop) -> None:
        super().__init__()
        self._loop = loop
        self._patient_until: float | None = None

    def select(self, timeout: float | None = None) -> Sequence[Any]:  # type: ignore[override]
        waiting = timeout is None or timeout > 0
        patience = _THREAD_WAIT_S if waiting and self._loop.uses_threads else 0
        events = super().select(patience)
        if events or not waiting or self._waits_for_threads():
            return events
        if timeout is None:
            if self._loop.uses_threads:
                return super().select(_THREAD_WAIT_S)
            raise StalledError("everything waits for something that will never happen")
        self._loop.jump(timeout)
        return events

    def _waits_for_threads(self) -> bool:
        """Whether the clock stands still until work in an executor has ended."""
        if not self._loop.works_outside:
            self._patient_until = None
            return False
        if self._patient_until is None:
            self._patient_until = time.monotonic() + _THREAD_PATIENCE_S
        return time.monotonic() < self._patient_until
