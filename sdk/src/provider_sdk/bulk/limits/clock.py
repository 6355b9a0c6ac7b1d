"""The time, told to limits and leases, so that a simulation can tell its own."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Time(Protocol):
    """Tells the time."""

    def now(self) -> float:
        """Return seconds since some fixed moment; never less than before."""


class Clock(Time, Protocol):
    """Tells the time and waits."""

    async def sleep(self, seconds: float) -> None:
        """Return after this many seconds."""


class SystemClock:
    """The time of this machine, which no change of its date moves."""

    def now(self) -> float:
        """Return the seconds of the monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let the event loop run for this many seconds."""
        await asyncio.sleep(seconds)
