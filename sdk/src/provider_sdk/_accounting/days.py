"""Which day it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta


class LocalDay:
    """Returns the local day when it is called; the system is asked once per day.

    Asking it for each call would take a fifth of the time that counting the call takes.

    Args:
        clock: returns the seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._known = date.min, 0.0, 0.0

    def __call__(self) -> date:
        """Return the local day."""
        now = self._clock()
        day, first, end = self._known
        if not first <= now < end:
            day = date.fromtimestamp(now)
            first, end = _midnight(day), _midnight(day + timedelta(days=1))
            self._known = day, first, end
        return day


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day).timestamp()


local_day: Callable[[], date] = LocalDay()
