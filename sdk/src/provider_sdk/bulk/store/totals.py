"""Sums over the rows that ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the rows of one journal, or of several, came to; they can be added.

    Attributes:
        done: rows that were answered.
        failed: rows that failed for good.
        unknown: rows that are left without an answer.
        prompt_tokens: tokens that were read; ``completion_tokens`` those that were written, and
            ``total_tokens`` those that services reported as their sum. Results that were forgotten
            are counted too, as they were paid for.
        cost: USD, as far as prices are known; forgotten results included.
        priced: results with a known cost.
        served_by: how many rows each back end answered.
    """

    done: int = 0
    failed: int = 0
    unknown: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cost: Decimal = Decimal(0)
    priced: int = 0
    served_by: Mapping[str, int] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """Return how many rows have ended, in whichever way."""
        return self.done + self.failed + self.unknown

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            done=self.done + other.done,
            failed=self.failed + other.failed,
            unknown=self.unknown + other.unknown,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            total_tokens=self.total_tokens + other.total_tokens,
            cost=self.cost + other.cost,
            priced=self.priced + other.priced,
            served_by=dict(Counter(self.served_by) + Counter(other.served_by)),
        )
