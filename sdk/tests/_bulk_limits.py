"""A clock that only the test moves, and services that count as real ones do."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any, TypeVar

from provider_sdk.bulk.limits import Coordinator, Grant, Spent

from ._clock import ClockLoop

T = TypeVar("T")


class FakeClock:
    """Tells the time that a test sets."""

    def __init__(self, time: float = 1000.0) -> None:
        self.time = time

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps here")


class LoopClock:
    """The time of the event loop that runs."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in an event loop in which no second is ever waited for."""
    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        return runner.run(main)


class Here:
    """A coordinator in the same process, as a worker reaches it."""

    def __init__(self, coordinator: Coordinator) -> None:
        self.coordinator = coordinator
        self.reports: list[Spent] = []

    async def __call__(self, spent: Spent) -> Grant:
        self.reports.append(spent)
        return self.coordinator.renew(spent)


class FixedWindows:
    """A service that counts in minutes that begin at a phase."""

    def __init__(self, limit: float, phase: float) -> None:
        self._limit, self._phase = limit, phase
        self._counts: dict[float, float] = {}

    def accepts(self, amount: float, now: float) -> bool:
        minute = (now - self._phase) // 60
        others = self._counts.get(minute, 0.0)
        self._counts[minute] = others + amount
        return others + amount <= self._limit or not others


class SlidingWindow:
    """A service that counts the 60 seconds before each request."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._seen: deque[tuple[float, float]] = deque()

    def accepts(self, amount: float, now: float) -> bool:
        while self._seen and self._seen[0][0] <= now - 60:
            self._seen.popleft()
        others = sum(amount for _, amount in self._seen)
        self._seen.append((now, amount))
        return others + amount <= self._limit or not others
