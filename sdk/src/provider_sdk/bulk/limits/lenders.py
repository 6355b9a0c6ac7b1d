"""Lends requests or tokens per minute to workers, each its part in the long run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from provider_sdk.bulk.limits.buckets import Rate

SOON: Final = 0.05
"""Seconds after which a worker that waits for the bucket asks again at the earliest."""


@dataclass(slots=True)
class Account:
    """What a worker is owed; below 0 after it got more than its part at once.

    Attributes:
        due: how much it is owed.
        share: its part of what is lent while a grant is valid.
    """

    due: float = 0.0
    share: float = 0.0


class Lender:
    """Lends parts of a rate; whole requests, and as many tokens as the next row needs.

    A part may be too small for one row. Then a worker gets the row's need at once, and nothing
    until its part has made up for it, or nobody else wants what is there. While the bucket does
    not hold enough for the worker whose turn it is, nobody else gets anything, so that a large row
    is not overtaken for ever.
    """

    def __init__(self, per_minute: float, lease: float, now: float) -> None:
        """Begin with a full bucket and nothing lent."""
        self.rate: Rate = Rate(per_minute, lease, now)
        self._lease = lease
        self._next: Account | None = None
        self._next_until = now

    def correct(self, account: Account, amount: float, at: float, now: float) -> None:
        """Take back what was lent at that time and not used, or count what was used beyond it."""
        if amount > 0:
            self.rate.give_back(amount, at)
        elif amount:
            self.rate.take(-amount, now)
        account.due += amount

    def owe(self, account: Account, part: float, elapsed: float) -> None:
        """Add a worker's part of the seconds since its last report to what it is owed."""
        share = part * self.rate.per_second * self._lease
        owed = min(account.due + share * elapsed / self._lease, 2 * share + 1)
        account.share = share
        account.due = max(account.due, owed)

    def lend(self, account: Account, need: int, now: float) -> tuple[int, float]:
        """Return how much a worker may use, and after how many seconds it should ask again.

        Args:
            account: the worker's.
            need: the least that it can use.
            now: the time.
        """
        has_turn = account.due >= min(need, account.share) or self.rate.is_full(now)
        if not account.share or not has_turn:
            self.pass_over(account)
            return 0, self._lease
        if self._next not in (None, account) and now < self._next_until:
            return 0, self._lease
        free = self.rate.available(need, now)
        if not free:
            self._next, self._next_until = account, now + 2 * self._lease
            return 0, min(self._lease, max(SOON, self.rate.wait(need)))
        self.pass_over(account)
        amount = max(need, math.floor(min(free, account.due)))
        self.rate.take(amount, now)
        account.due = max(account.due - amount, -float(need))
        return amount, self._lease

    def pass_over(self, account: Account) -> None:
        """Let others have their turn, if it is this worker's."""
        if self._next is account:
            self._next = None
