"""What the limiter costs a row, and a report costs the coordinator, in processor time."""

from __future__ import annotations

import asyncio
from collections import deque
from decimal import Decimal
from time import process_time

from provider_sdk.bulk.limits import (
    Caps,
    Coordinator,
    Grant,
    Limiter,
    Limits,
    Outcome,
    Spent,
    SystemClock,
)
from provider_sdk.bulk.limits.limiter import Permit

_LIMITS = Limits(concurrency=256, rpm=10**9, tpm=10**12)
_CAPS = Caps(cost_usd=Decimal(10**6), tokens=10**12)
_ANSWERED = Outcome(clean=True, ended="done", tokens=290, cost=Decimal("0.0001"))


async def microseconds_of_a_row(rows: int) -> float:
    """Return what one row costs with 256 in flight, when it need not wait."""
    coordinator = Coordinator(_LIMITS, _CAPS, SystemClock())

    async def renew(spent: Spent) -> Grant:
        return coordinator.renew(spent)

    async with Limiter(renew, "one") as limiter:
        (await limiter.acquire(300)).release(_ANSWERED)
        out: deque[Permit] = deque()
        begun = process_time()
        for _ in range(rows):
            if len(out) == 256:
                out.popleft().release(_ANSWERED)
            out.append(await limiter.acquire(300))
        return (process_time() - begun) / rows * 1e6


def microseconds_of_a_report(workers: int, reports: int) -> float:
    """Return what one report costs, with the corrections of ten earlier grants in it."""
    coordinator = Coordinator(_LIMITS, _CAPS, SystemClock(), lease=2.0)
    spents = [
        Spent(
            worker=str(number),
            sent=50,
            reserved=5000,
            corrected=tuple((float(at), -20) for at in range(10)),
            tokens=4800,
            cost=Decimal("0.01"),
            clean=50,
            done=50,
            in_flight=25,
            peak=25,
            wanted=10,
            need=100,
        )
        for number in range(workers)
    ]
    begun = process_time()
    for number in range(reports):
        coordinator.renew(spents[number % workers])
    return (process_time() - begun) / reports * 1e6


def lines(scale: int) -> list[str]:
    """Return both figures as lines; a larger scale is more precise."""
    row = asyncio.run(microseconds_of_a_row(scale * 1000))
    found = [f"a row costs the limiter {row:.1f} µs of processor time, if it need not wait"]
    for workers in (1, 200, 2000):
        report = microseconds_of_a_report(workers, scale * 100)
        found.append(f"a report costs the coordinator {report:.0f} µs with {workers:,} at work")
    return found
