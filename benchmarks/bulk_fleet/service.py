"""A service that counts the requests of the last minute."""

from __future__ import annotations

from collections import deque


class Service:
    """Accepts so many requests in any 60 seconds, counted in tenths of a second."""

    def __init__(self, rpm: float) -> None:
        """Begin with an empty minute."""
        self._rpm = rpm
        self._tenths: deque[list[int]] = deque()
        self._in_minute = 0

    def accept(self, requests: int, now: float) -> int:
        """Return how many of these requests it accepts; refused ones do not count."""
        tenth = int(now * 10)
        while self._tenths and self._tenths[0][0] <= tenth - 600:
            self._in_minute -= self._tenths.popleft()[1]
        accepted = max(0, min(requests, int(self._rpm) - self._in_minute))
        if not self._tenths or self._tenths[-1][0] < tenth:
            self._tenths.append([tenth, 0])
        # One that arrives a little out of order counts with the latest.
        self._tenths[-1][1] += accepted
        self._in_minute += accepted
        return accepted
