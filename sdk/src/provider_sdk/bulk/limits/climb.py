"""How many requests are in flight at once: a fixed number, or one that is found."""

from __future__ import annotations

from typing import Final, Literal

START: Final = 8
"""Where ``"auto"`` begins."""
MOST_PER_WORKER: Final = 256
"""How far ``"auto"`` rises for each worker."""
ROUND: Final = 1.0
"""Seconds after which a window ends, although fewer answers came than may be in flight."""


class Climb:
    """Rises by one in a clean window, and halves when the service refuses.

    A window is clean when as many answers came as may be in flight, or a second has passed, and
    the service refused none. It counts only while at least half of the limit is in use: without
    that, an idle run would climb to a limit that it has never tried. All refusals of requests that
    were sent before the limit was halved belong to one burst, and halve it once.
    """

    def __init__(self, concurrency: int | Literal["auto"], now: float) -> None:
        """Begin at the fixed number, or low."""
        self._auto = concurrency == "auto"
        self.limit: int = START if concurrency == "auto" else concurrency
        self.cuts: int = 0
        self._answers = 0
        self._since = now

    def clean(self, answers: int, in_use: int, most: int, now: float) -> None:
        """Count answers of a window in which the service refused nothing.

        Args:
            answers: how many.
            in_use: how many requests were in flight at once in the whole run.
            most: how far the limit may rise.
            now: the time.
        """
        if not self._auto or not answers:
            return
        if in_use * 2 < self.limit:
            self._restart(now)
            return
        self._answers += answers
        while self._answers >= self.limit < most:
            self._answers -= self.limit
            self.limit += 1
            self._since = now
        if now - self._since >= ROUND:
            self.limit = min(self.limit + 1, max(most, self.limit))
            self._restart(now)

    def slowed(self, cuts: int, now: float) -> None:
        """Count refusals of requests that were sent after so many cuts.

        A fixed number stays, but those that are of one burst are known by the cuts too.
        """
        self._restart(now)
        if cuts >= self.cuts:
            self.cuts += 1
            if self._auto:
                self.limit = max(1, self.limit // 2)

    def _restart(self, now: float) -> None:
        self._answers = 0
        self._since = now
