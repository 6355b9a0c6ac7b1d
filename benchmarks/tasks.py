"""What a worker is asked to do, and what it answers."""

from __future__ import annotations

from typing import NamedTuple


class Task(NamedTuple):
    """Ask ``rounds`` times on each of ``lanes`` at once; with ``chunks``, for streams of so many.

    ``path`` tells the local service how to answer.
    """

    path: str
    rounds: int
    lanes: int = 1
    chunks: int = 0

    @property
    def units(self) -> int:
        """How many calls, or chunks, share the cost."""
        return self.rounds * self.lanes * (self.chunks or 1)


class Cost(NamedTuple):
    """Seconds."""

    cpu: float
    wall: float

    def shared_by(self, units: int) -> Cost:
        """Return what each of the units costs."""
        return Cost(self.cpu / units, self.wall / units)
