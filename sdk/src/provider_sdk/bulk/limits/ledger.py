"""What a worker has used since its last report."""

from __future__ import annotations

from decimal import Decimal

from provider_sdk.bulk.limits.grants import Spent
from provider_sdk.bulk.limits.outcomes import Outcome


class Ledger:
    """Adds up attempts, and makes a numbered report of them."""

    def __init__(self, worker: str) -> None:
        """Begin with nothing used."""
        self._worker = worker
        self.number: int = 0
        self._clear()

    def _clear(self) -> None:
        self.sent: int = 0
        self.reserved: int = 0
        self.tokens: int = 0
        self.cost: Decimal = Decimal(0)
        self._corrected: dict[float, int] = {}
        self._peak = 0
        self._clean = self._slowed = self._retried = self._cuts = 0
        self.retry_after: float = 0.0
        self._done = self._unknown = 0
        self.failed: int = 0

    def count(self, *, done: int = 0, failed: int = 0, unknown: int = 0) -> None:
        """Count rows that ended."""
        self._done += done
        self.failed += failed
        self._unknown += unknown

    def start(self, tokens: int, in_flight: int) -> None:
        """Count an attempt that begins with a reservation, and is one of so many in flight."""
        self._peak = max(self._peak, in_flight)
        self.sent += 1
        self.reserved += tokens

    def withdraw(self, number: int, tokens: int, at: float) -> None:
        """Forget an attempt that was not sent, though it began after the report of that number."""
        if number == self.number:
            self.sent -= 1
            self.reserved -= tokens
        else:
            self._correct(-tokens, at)

    def slow(self, cuts: int) -> None:
        """Note a refusal of an attempt that began after so many cuts."""
        self._slowed += 1
        self._cuts = max(self._cuts, cuts)

    def add(self, outcome: Outcome, tokens: int, reserved: int, at: float) -> None:
        """Count an attempt that used so many tokens of a reservation made under that grant."""
        self.tokens += tokens
        if outcome.cost is not None:
            self.cost += outcome.cost
        self._correct(tokens - reserved, at)
        self._clean += outcome.clean
        self._done += outcome.ended == "done"
        self.failed += outcome.ended == "failed"
        self._retried += outcome.ended is None

    def _correct(self, more: int, at: float) -> None:
        if more:
            self._corrected[at] = self._corrected.get(at, 0) + more

    def report(
        self, *, in_flight: int, unsettled: int, wanted: int, need: int, leaves: bool
    ) -> Spent:
        """Return everything since the last report, and begin anew."""
        self.number += 1
        spent = Spent(
            worker=self._worker,
            number=self.number,
            sent=self.sent,
            reserved=self.reserved,
            corrected=tuple(self._corrected.items()),
            tokens=self.tokens,
            cost=self.cost,
            clean=self._clean,
            retried=self._retried,
            slowed=self._slowed,
            cuts=self._cuts,
            retry_after=self.retry_after,
            done=self._done,
            failed=self.failed,
            unknown=self._unknown,
            in_flight=in_flight,
            unsettled=unsettled,
            peak=max(self._peak, in_flight),
            wanted=wanted,
            need=need,
            leaves=leaves,
        )
        self._clear()
        return spent
