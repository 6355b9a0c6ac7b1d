"""How one limit is divided between workers, in constant time for each of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Share:
    """A worker's part: what it wants of the whole, from 0 to 1, as last reported."""

    want: float = 0.0
    counted: float = 0.0
    hungry: bool = False


class Division:
    """Divides a whole between workers by what they want.

    Who wants less than an equal part gets what it wants; what is left is divided equally among the
    others. The sums that this needs are kept up to date as each worker reports.
    """

    def __init__(self) -> None:
        self._members = 0
        self._counted = 0.0
        self._hungry = 0

    @property
    def members(self) -> int:
        """How many workers take part."""
        return self._members

    def enter(self) -> Share:
        """Add a worker that wants nothing yet."""
        self._members += 1
        return Share()

    def leave(self, share: Share) -> None:
        """Take a worker out."""
        self._forget(share)
        self._members -= 1

    def part(self, share: Share, want: float) -> float:
        """Note what a worker wants, and return its part of the whole, from 0 to 1.

        Args:
            share: the worker's.
            want: a part of the whole; 1 for as much as it can get.
        """
        self._forget(share)
        equal = 1 / self._members
        share.want = min(1.0, want)
        share.counted = min(share.want, equal)
        share.hungry = share.want > equal
        self._counted += share.counted
        self._hungry += share.hungry
        if not share.hungry:
            return share.want
        return min(share.want, equal + max(0.0, 1 - self._counted) / self._hungry)

    def _forget(self, share: Share) -> None:
        self._counted -= share.counted
        self._hungry -= share.hungry
        share.counted, share.hungry = 0.0, False
