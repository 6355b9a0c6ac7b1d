"""Requests or tokens per minute, so that a service that counts in any way does not refuse them.

A service counts in calendar minutes, in the 60 seconds before each request, or in its own bucket.
A bucket alone lets a burst pass on top of a whole minute, and a row that is larger than the bucket
does not fit. So there are two rules: the bucket spreads what is sent, and a record of the last
minute, in bins of half a second, allows nothing over the limit in any minute.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

MINUTE: Final = 60.0
TRAVEL: Final = 1.0
"""Seconds by which a request may reach the service later than another that left with it."""
BIN: Final = 0.5


class Window:
    """What was taken in the last seconds, exact to one bin, in constant memory."""

    def __init__(self, limit: float, seconds: float) -> None:
        """Allow ``limit`` in any ``seconds``."""
        self._limit = limit
        self._bins = math.ceil(seconds / BIN)
        self._numbers: deque[float] = deque()
        self._taken: dict[float, float] = {}
        self._sum = 0.0

    @property
    def seconds(self) -> float:
        """How long an amount counts at most."""
        return (self._bins + 1) * BIN

    def room(self, now: float) -> float:
        """Return how much may be taken now: any amount if nothing was taken lately."""
        oldest = now // BIN - self._bins
        while self._numbers and self._numbers[0] < oldest:
            self._sum -= self._taken.pop(self._numbers.popleft())
        return self._limit - self._sum if self._sum > 0 else math.inf

    def add(self, amount: float, at: float) -> None:
        """Record what was taken now."""
        number = at // BIN
        if number not in self._taken:
            self._numbers.append(number)
            self._taken[number] = 0.0
        self._taken[number] += amount
        self._sum += amount

    def remove(self, amount: float, at: float) -> float:
        """Forget a part of what was taken at that time, and return how much still counted."""
        number = at // BIN
        part = min(amount, self._taken.get(number, 0.0))
        if part > 0:
            self._taken[number] -= part
            self._sum -= part
        return part


class Rate:
    """A limit per minute for the whole run.

    A grant is used at any time while it is valid. So what is granted in any minute and one
    such time stays within the limit: with a second it uses about 96 % of the limit.
    """

    def __init__(self, per_minute: float, lease: float, now: float) -> None:
        """Begin with a full bucket.

        Args:
            per_minute: what the service allows.
            lease: seconds that a grant is valid.
            now: the time.
        """
        self._window = Window(per_minute, MINUTE + TRAVEL + lease)
        self.per_second: float = per_minute / self._window.seconds
        self._burst = 1.0 + 2 * self.per_second * lease
        self._level = self._burst
        self._at = now

    def is_full(self, now: float) -> bool:
        """Return whether what comes in next is lost, as the bucket can hold no more."""
        self._fill(now)
        return self._level >= self._burst

    def available(self, need: float, now: float) -> float:
        """Return how much may be taken now: nothing, or at least ``need``.

        An amount over the whole limit may be taken when the last minute is empty.
        """
        self._fill(now)
        room = self._window.room(now)
        if self._level < min(need, self._burst) or room < need:
            return 0.0
        return max(need, min(self._level, room))

    def take(self, amount: float, now: float) -> None:
        """Take what ``available`` has returned."""
        self._level -= amount
        self._window.add(amount, now)

    def give_back(self, amount: float, at: float) -> None:
        """Return what was taken at that time and not used; it does not count if it is too old."""
        self._level += self._window.remove(amount, at)

    def wait(self, need: float) -> float:
        """Return the seconds until the bucket holds enough, if nobody else takes from it."""
        return max(0.0, (min(need, self._burst) - self._level) / self.per_second)

    def _fill(self, now: float) -> None:
        filled = min(self._burst, self._level + (now - self._at) * self.per_second)
        self._level = max(self._level, filled)
        self._at = now
