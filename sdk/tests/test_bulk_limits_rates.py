"""No minute of a service, however it counts, holds more than its limit."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_sdk.bulk.limits import Caps, Coordinator, Limiter, Limits, Outcome
from provider_sdk.bulk.limits.buckets import Rate, Window

from ._bulk_limits import FixedWindows, Here, LoopClock, SlidingWindow, run_virtually

PHASES = (0.0, 7.3, 29.9, 59.0)


@dataclass
class Load:
    """What a fleet sends."""

    rpm: float | None
    tpm: float | None
    workers: int
    rows: int
    largest: int
    seed: int
    lease: float = 1.0


async def sent_by(load: Load) -> tuple[list[tuple[float, int]], float]:
    """Return when each row reached the service, with its tokens, and how long all took."""
    chance = random.Random(load.seed)
    clock = LoopClock()
    limits = Limits(concurrency=1000, rpm=load.rpm, tpm=load.tpm)
    coordinator = Coordinator(limits, Caps(), clock, lease=load.lease, rng=random.Random(load.seed))
    arrived: list[tuple[float, int]] = []

    async def one(limiter: Limiter, tokens: int) -> None:
        permit = await limiter.acquire(tokens)
        await asyncio.sleep(chance.uniform(0, 0.9))
        arrived.append((clock.now(), tokens))
        await asyncio.sleep(chance.expovariate(0.3))
        permit.release(Outcome(tokens=tokens, clean=True, ended="done"))

    async def worker(number: int) -> None:
        limiter = Limiter(Here(coordinator), f"worker-{number}", clock, rng=random.Random(number))
        async with limiter:
            await asyncio.sleep(chance.uniform(0, 30))
            sizes = [chance.randint(1, load.largest) for _ in range(load.rows)]
            await asyncio.gather(*(one(limiter, size) for size in sizes))

    await asyncio.gather(*(worker(number) for number in range(load.workers)))
    return sorted(arrived), clock.now()


def refused(arrived: list[tuple[float, int]], limit: float, *, tokens: bool) -> int:
    """Return how often services of all kinds would have refused."""
    services = [FixedWindows(limit, phase) for phase in PHASES] + [SlidingWindow(limit)]
    return sum(
        not service.accepts(size if tokens else 1, now)
        for now, size in arrived
        for service in services
    )


@settings(max_examples=12, deadline=None)
@given(
    rpm=st.sampled_from([1, 3, 20, 61, 120]),
    workers=st.sampled_from([1, 2, 7]),
    lease=st.sampled_from([0.5, 1.0, 2.0]),
    seed=st.integers(0, 99),
)
def test_requests_per_minute_are_kept(rpm: int, workers: int, lease: float, seed: int) -> None:
    """A service that allows as many requests per minute never refuses one."""
    rows = max(2, rpm * 2 // workers)
    load = Load(rpm, None, workers, rows, 1, seed, lease)
    arrived, _ = run_virtually(sent_by(load))
    assert len(arrived) == rows * workers
    assert refused(arrived, rpm, tokens=False) == 0


@settings(max_examples=12, deadline=None)
@given(
    largest=st.sampled_from([20, 90, 900, 2500]),
    workers=st.sampled_from([1, 3]),
    lease=st.sampled_from([0.5, 2.0]),
    seed=st.integers(0, 99),
)
def test_tokens_per_minute_are_kept(largest: int, workers: int, lease: float, seed: int) -> None:
    """A service that allows as many tokens per minute refuses none, alone a row that is larger."""
    rows = max(3, 6000 // largest // workers)
    load = Load(None, 1000, workers, rows, largest, seed, lease)
    arrived, _ = run_virtually(sent_by(load))
    assert len(arrived) == rows * workers
    assert refused(arrived, 1000, tokens=True) == 0


@pytest.mark.parametrize(
    "load",
    [
        Load(120, None, 1, 500, 1, 1),
        Load(120, None, 20, 25, 1, 2),
        Load(None, 12_000, 1, 500, 199, 3),
        Load(None, 12_000, 20, 25, 199, 4),
        Load(120, 12_000, 20, 25, 199, 5),
    ],
    ids=["requests", "requests of 20", "tokens", "tokens of 20", "both of 20"],
)
def test_limit_is_used(load: Load) -> None:
    """A run that waits for nothing but its limit uses at least nine tenths of it."""
    arrived, seconds = run_virtually(sent_by(load))
    busy = [size for now, size in arrived if 60 <= now < 240]
    by_requests = len(busy) / 3 / load.rpm if load.rpm else 0.0
    by_tokens = sum(busy) / 3 / load.tpm if load.tpm else 0.0
    assert max(by_requests, by_tokens) >= 0.9
    assert seconds > 240


def test_row_over_the_whole_limit_is_sent_alone() -> None:
    """A row that needs more than a minute allows is sent, and nothing else in that minute."""
    load = Load(None, 100, 2, 3, 250, 11)
    arrived, _ = run_virtually(sent_by(load))
    large = [now for now, size in arrived if size > 100]
    assert large
    for moment in large:
        assert [size for now, size in arrived if abs(now - moment) < 60] == [
            size for now, size in arrived if now == moment
        ]


def test_window_forgets_what_is_old() -> None:
    """What was taken a minute ago counts no more."""
    window = Window(10, 60)
    window.add(10, 0.0)
    assert window.room(59.9) == 0
    assert window.room(61.0) > 0


def test_window_gives_back_only_what_still_counts() -> None:
    """A correction of what left the window long ago frees nothing."""
    window = Window(10, 60)
    window.add(4, 0.0)
    assert window.remove(3, 0.0) == 3
    window.room(1000.0)
    assert window.remove(1, 0.0) == 0


def test_rate_tells_how_long_to_wait() -> None:
    """An empty bucket holds enough after the time that it tells."""
    rate = Rate(600, 1.0, 0.0)
    while taken := rate.available(1, 0.0):
        rate.take(taken, 0.0)
    wait = rate.wait(2)
    assert rate.available(2, wait * 0.9) == 0
    assert rate.available(2, wait * 1.001) >= 2
