"""What became of one attempt."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Ended = Literal["done", "failed"]
"""How an attempt ended its row: with an answer, or for good without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt, as far as limits are concerned.

    Attributes:
        tokens: how many it used, as reported; ``None`` if that is not known: then the reservation
            counts.
        cost: USD; ``None`` if the price is not known.
        clean: whether the service answered, so that it can bear as much.
        slowed: whether the service refused because there were too many, or it was overloaded.
        retry_after: seconds that it asked to wait; 0 if it did not.
        ended: how the attempt ended its row; ``None`` if the row is tried again.
    """

    tokens: int | None = None
    cost: Decimal | None = None
    clean: bool = False
    slowed: bool = False
    retry_after: float = 0.0
    ended: Ended | None = None
