"""What the whole run may use up, lent to workers in parts."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_NOTHING: Final = Decimal(0)
_STEPS: Final = 1024
"""A worker's part is rounded to this fraction: a ``Decimal`` cannot be multiplied by a float."""


class Budget:
    """An amount that is never spent beyond its cap, but for what is in flight when it is reached.

    What is lent counts as spent until the worker reports. Who was lost keeps what it held, since
    it may have spent it.
    """

    def __init__(self, cap: Decimal, spent: Decimal) -> None:
        """Begin with what earlier processes spent."""
        self.cap = cap
        self.spent = spent
        self._held = _NOTHING
        self._here = _NOTHING
        self._attempts = 0

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left, lent parts not counted."""
        return self.spent >= self.cap

    def count(self, amount: Decimal, attempts: int) -> None:
        """Count what attempts have used."""
        self.spent += amount
        self._here += amount
        self._attempts += attempts

    def lend(self, held: Decimal, part: float, in_flight: int) -> tuple[Decimal, Decimal]:
        """Take back what a worker held, and lend it a part of what is left.

        Args:
            held: what the worker held until now.
            part: its part of the whole, from 0 to 1.
            in_flight: how many attempts it has in flight; what they will use is not known yet.

        Returns:
            What it may use, and what it holds: what its attempts in flight will use at least.
        """
        self._held -= held
        left = max(_NOTHING, self.cap - self.spent - self._held)
        mean = self._here / self._attempts if self._attempts else _NOTHING
        lent = _NOTHING
        if part > 0:
            half = left * int(part * _STEPS) / (2 * _STEPS)
            lent = min(left, max(half, mean * (in_flight + 1)))
        holds = max(lent, mean * in_flight)
        self._held += holds
        return lent, holds
