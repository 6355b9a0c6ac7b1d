"""How long nobody sends, because the service asked for it or refused."""

from __future__ import annotations

import math
from typing import Final

LONGEST_WAIT: Final = 3600.0
"""Seconds; a service that asks for more ends the run, which can be resumed at that time."""
SHORTEST_WAIT: Final = 1.0
"""Seconds to wait after a refusal that does not say how long, the first time."""
LONGEST_GUESS: Final = 30.0
"""Seconds to wait at most after refusals that do not say how long."""


def seconds_asked(retry_after: float) -> float:
    """Return for how long a service asks to wait; 0 if what it says is not a time.

    A wait of no time, a negative one and one that is not a number are no help against a service
    that refuses: they count as if the service had not said how long.
    """
    return 0.0 if math.isnan(retry_after) or retry_after <= 0 else retry_after


class Pause:
    """The time until which the whole run sends nothing."""

    def __init__(self) -> None:
        self.until = -math.inf
        self._guess = SHORTEST_WAIT

    def left(self, now: float) -> float:
        """Return the seconds until sending goes on."""
        return max(0.0, self.until - now)

    def ask(self, seconds: float, now: float) -> None:
        """Wait as long as the service asks; a shorter wait never ends a longer one."""
        if seconds > 0:
            self.until = max(self.until, now + seconds)

    def guess(self, now: float) -> None:
        """Wait after a refusal that did not say how long: twice as long each time."""
        self.ask(self._guess, now)
        self._guess = min(LONGEST_GUESS, self._guess * 2)

    def clean(self) -> None:
        """Begin with the shortest guess again, as the service answers."""
        self._guess = SHORTEST_WAIT
