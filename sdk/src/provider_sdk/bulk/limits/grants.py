"""What a worker reports to the coordinator, and what it gets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a worker has used since its last report.

    Attributes:
        worker: its name.
        sent: requests that were sent.
        tokens: tokens that were used, as reported or estimated.
        cost: USD, as far as prices are known.
        clean: attempts that were answered.
        slowed: attempts that the service refused because there were too many (HTTP 429).
        retry_after: seconds that the service asked to wait; 0 if it did not.
        done: rows that were answered.
        failed: rows that failed for good.
        unknown: rows that are left without an answer.
        wanted: rows that wait to be sent now.
    """

    worker: str
    sent: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)
    clean: int = 0
    slowed: int = 0
    retry_after: float = 0.0
    done: int = 0
    failed: int = 0
    unknown: int = 0
    wanted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a worker may use until it asks again.

    Attributes:
        seconds: how long it is valid.
        concurrency: how many rows it may have in flight.
        requests: requests that it may send; ``None`` for any number.
        tokens: tokens that it may use; ``None`` for any number.
        cost: USD that it may spend; ``None`` for any amount.
        pause: seconds in which nothing may be sent.
        stop: why no row may be sent any more; ``None`` while the run goes on.
    """

    seconds: float
    concurrency: int
    requests: float | None = None
    tokens: float | None = None
    cost: Decimal | None = None
    pause: float = 0.0
    stop: str | None = None


Renew = Callable[[Spent], Awaitable[Grant]]
"""How a worker reaches the coordinator: a call in this process, a pipe, or an actor."""
