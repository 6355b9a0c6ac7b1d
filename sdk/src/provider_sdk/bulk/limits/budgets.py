"""What the whole run may use up, lent to workers in parts."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_NOTHING: Final = Decimal(0)
_STEPS: Final = 1024
"""A worker's part is rounded to this fraction: a ``Decimal`` cannot be multiplied by a float."""


class Budget:
    """An amount that is never spent beyond its cap, but for what is in flight when it is reached.

    What is lent counts as spent until the worker reports, and what a lost worker held counts as
    spent for good, since it may have spent it.
    """

    def __init__(self, cap: Decimal, spent: Decimal) -> None:
        """Begin with what earlier processes spent."""
        self.cap = cap
        self.spent: Decimal = spent
        self.lost: Decimal = _NOTHING
        self._held = _NOTHING
        self._holders = 0
        self._here = _NOTHING
        self._attempts = 0

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left, lent parts not counted."""
        return self.spent + self.lost >= self.cap

    def count(self, amount: Decimal, attempts: int) -> None:
        """Count what attempts have used."""
        self.spent += amount
        self._here += amount
        self._attempts += attempts

    def lose(self, held: Decimal) -> None:
        """Count what a lost worker held as spent; a negative amount if it comes back."""
        self._hold(-held)
        self.lost += held

    def _hold(self, amount: Decimal) -> None:
        """Note what a worker holds from now on; a negative amount is taken back."""
        self._held += amount
        # Sums of decimals are rounded; their number is not.
        self._holders += (amount > 0) - (amount < 0)

    @property
    def mean(self) -> Decimal:
        """What an attempt has used on average."""
        return self._here / self._attempts if self._attempts else _NOTHING

    def lend(
        self, held: Decimal, part: float, in_flight: Decimal, need: Decimal
    ) -> tuple[Decimal, Decimal]:
        """Take back what a worker held, and lend it a part of what is left.

        Args:
            held: what the worker held until now.
            part: its part of the whole, from 0 to 1.
            in_flight: what its attempts in flight will use, as estimated.
            need: what its next attempt will use, as estimated.

        Returns:
            What it may use, and what it holds: what its attempts in flight will use at least.
        """
        self._hold(-held)
        left = max(_NOTHING, self.cap - self.spent - self.lost - self._held)
        lent = _NOTHING
        wanted = in_flight + need
        # The last attempt may use more than is left. So it is the only one then.
        if part > 0 and (wanted <= left or not self._holders):
            half = left * int(part * _STEPS) / (2 * _STEPS)
            lent = min(left, max(half, wanted))
        holds = max(lent, in_flight)
        self._hold(holds)
        return lent, holds
