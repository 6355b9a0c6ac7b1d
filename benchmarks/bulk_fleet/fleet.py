"""What is simulated: a run, its fleet, and the service that it asks."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A run and where it happens.

    Attributes:
        rows: how many rows the input has.
        rows_per_shard: how many of them are one shard.
        workers: how many workers there are; one that is lost is replaced.
        concurrency: how many requests may be in flight.
        rpm, tpm: what the run is told that the service allows per minute.
        allowed: what the service allows, as a part of that.
        latency_s: the median seconds until an answer.
        spread: of the latency, the sigma of a lognormal distribution.
        tokens: the mean tokens of a row, half of which are reserved too much.
        loss_per_hour: the part of the workers that is lost in an hour.
        restart_s: seconds until a lost worker is replaced.
        lease_s: seconds that a grant is valid.
        price: USD per million tokens.
        retry_after_s: what the service asks for when it refuses.
    """

    rows: int = 100_000_000
    rows_per_shard: int = 50_000
    workers: int = 200
    concurrency: int = 25_600
    rpm: int = 600_000
    tpm: int = 400_000_000
    allowed: float = 1.0
    latency_s: float = 1.6
    spread: float = 0.6
    tokens: int = 300
    loss_per_hour: float = 0.01
    restart_s: float = 30.0
    lease_s: float = 2.0
    price: Decimal = Decimal("0.20")
    retry_after_s: float = 5.0

    @property
    def mean_latency_s(self) -> float:
        """The mean of the latency."""
        return self.latency_s * float(2.718281828459045 ** (self.spread**2 / 2))

    @property
    def reserved(self) -> int:
        """Tokens that are reserved for a row: more than it uses, as estimates are."""
        return self.tokens * 3 // 2

    def cost(self, tokens: int) -> Decimal:
        """Return what so many tokens cost."""
        return self.price * tokens / 1_000_000

    def draw_latency(self, chance: random.Random) -> float:
        """Return the seconds of one answer."""
        return self.latency_s * float(2.718281828459045 ** chance.gauss(0, self.spread))


@dataclass(kw_only=True)
class Figures:
    """What came of it.

    Attributes:
        seconds: how long the run took, by the simulated clock.
        answered: rows that were answered.
        sent: requests that were sent.
        refused: requests that the service refused.
        twice: rows that were sent twice, because a worker was lost.
        losses: workers that were lost.
        taken_over: shards that another worker took over.
        waited_s: the mean seconds until a shard was taken over.
        tokens: tokens of all answers, of those that were lost too.
        cost: USD of these tokens.
        renewals: reports to the coordinator.
        renewal_s: processor seconds of the coordinator for all of them.
        beats: heartbeats of leases.
        busy_s: seconds until the first worker found no shard left.
        answered_busy: rows that were answered until then.
    """

    seconds: float = 0.0
    answered: int = 0
    sent: int = 0
    refused: int = 0
    twice: int = 0
    losses: int = 0
    taken_over: int = 0
    waited_s: float = 0.0
    tokens: int = 0
    cost: Decimal = Decimal(0)
    renewals: int = 0
    renewal_s: float = 0.0
    beats: int = 0
    busy_s: float = 0.0
    answered_busy: int = 0

    def utilisation(self, rpm: float) -> float:
        """Return which part of the requests per minute was used while all workers had rows."""
        return self.answered_busy / self.busy_s * 60 / rpm if self.busy_s else 0.0
