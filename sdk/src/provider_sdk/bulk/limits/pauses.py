"""How long nobody sends, because the service asked for it.

A refusal that does not say how long to wait delays its own row only: one overloaded back end among
many would otherwise hold up a whole run.
"""

from __future__ import annotations

import math
from typing import Final

LONGEST_WAIT: Final = 3600.0
"""Seconds; a service that asks for more ends the run, which can be resumed at that time."""


def seconds_asked(retry_after: float) -> float:
    """Return for how long a service asks to wait; 0 if what it says is not a time.

    A wait of no time, a negative one and one that is not a number count as if the service had not
    said how long.
    """
    return 0.0 if math.isnan(retry_after) or retry_after <= 0 else retry_after


class Pause:
    """The time until which the whole run sends nothing."""

    def __init__(self) -> None:
        self.until: float = -math.inf

    def left(self, now: float) -> float:
        """Return the seconds until sending goes on."""
        return max(0.0, self.until - now)

    def ask(self, seconds: float, now: float) -> None:
        """Wait as long as the service asks; a shorter wait never ends a longer one."""
        if seconds > 0:
            self.until = max(self.until, now + seconds)
