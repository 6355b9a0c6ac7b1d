"""What the main process sends to a worker, and what it gets back."""

from __future__ import annotations

from typing import NamedTuple


class Task(NamedTuple):
    """Make ``rounds`` calls in each of ``lanes`` concurrent lanes.

    With ``chunks`` the calls are streams of that many chunks. ``path`` tells the local service how
    to answer.
    """

    path: str
    rounds: int
    lanes: int = 1
    chunks: int = 0

    @property
    def units(self) -> int:
        """The number of calls, or of chunks for streams."""
        return self.rounds * self.lanes * (self.chunks or 1)


class Cost(NamedTuple):
    """Processor time and elapsed time, in seconds."""

    cpu: float
    wall: float

    def shared_by(self, units: int) -> Cost:
        """Return the cost per unit."""
        return Cost(self.cpu / units, self.wall / units)
