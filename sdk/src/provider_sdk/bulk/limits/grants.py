"""What a worker reports to the coordinator, and what it gets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

from provider_sdk.bulk.limits.stops import Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a worker has used since its last report.

    Attributes:
        worker: its name; a worker that is started anew takes another.
        number: of the report, from 1; a report that arrives twice is counted once. Reports that
            are 0 are not numbered, and each is counted.
        sent: requests that were sent.
        reserved: tokens that were reserved for them.
        corrected: pairs of ``Grant.at`` and tokens: by how many the attempts that began under that
            grant and have ended used more (positive) or fewer (negative) than was reserved.
        tokens: tokens that were used by the attempts that ended, as reported or estimated.
        cost: USD that they cost, as far as prices are known.
        clean: attempts that were answered.
        retried: attempts after which their row was not at its end.
        slowed: attempts that the service refused because there were too many (HTTP 429) or it was
            overloaded.
        cuts: ``Grant.cuts`` when the latest of those attempts began.
        retry_after: seconds that the service asked to wait; 0 if it did not.
        done: rows that were answered.
        failed: rows that failed for good.
        unknown: rows that are left without an answer.
        in_flight: attempts that have not ended.
        unsettled: tokens that are reserved for them.
        peak: the most attempts that were in flight at once.
        wanted: rows that wait to be sent now.
        need: tokens that the first of them has to reserve.
        leaves: whether this is the worker's last report.
    """

    worker: str
    number: int = 0
    sent: int = 0
    reserved: int = 0
    corrected: tuple[tuple[float, int], ...] = ()
    tokens: int = 0
    cost: Decimal = Decimal(0)
    clean: int = 0
    retried: int = 0
    slowed: int = 0
    cuts: int = 0
    retry_after: float = 0.0
    done: int = 0
    failed: int = 0
    unknown: int = 0
    in_flight: int = 0
    unsettled: int = 0
    peak: int = 0
    wanted: int = 0
    need: int = 0
    leaves: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a worker may use until it asks again; the unused part goes back when it does.

    Attributes:
        seconds: how long it is valid.
        concurrency: how many attempts it may have in flight.
        requests: requests that it may send; ``None`` for any number.
        tokens: tokens that it may reserve; ``None`` for any number.
        cost: USD that its attempts may cost; ``None`` for any amount. Nothing is sent once
            they have cost as much.
        total_tokens: tokens that its attempts may use, of those that the whole run may use;
            ``None`` for any number.
        failures: how many rows may fail for good before the worker must report at once; ``None``
            for any number.
        pause: seconds in which nothing may be sent.
        at: the coordinator's time, by which corrections of this grant are known.
        cuts: how often the concurrency of the run has been cut.
        stop: why no row may be sent any more; ``None`` while the run goes on.
    """

    seconds: float
    concurrency: int
    requests: int | None = None
    tokens: int | None = None
    cost: Decimal | None = None
    total_tokens: int | None = None
    failures: int | None = None
    pause: float = 0.0
    at: float = 0.0
    cuts: int = 0
    stop: Stop | None = None


Renew = Callable[[Spent], Awaitable[Grant]]
"""How a worker reaches the coordinator: a call in this process, a pipe, or an actor."""
