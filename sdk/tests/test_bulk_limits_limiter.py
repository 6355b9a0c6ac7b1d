"""How one worker keeps to its grants."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.limits import (
    Caps,
    Coordinator,
    Grant,
    Limiter,
    Limits,
    Outcome,
    Permit,
    RunStoppedError,
    Spent,
    Stop,
    SystemClock,
)
from provider_sdk.bulk.limits.limiter import RAMP

from ._bulk_limits import Here, LoopClock, run_virtually
from ._clock import now, on_the_clock

ANSWERED = Outcome(clean=True, ended="done")


def coordinate(limits: Limits, caps: Caps | None = None, lease: float = 1.0) -> Here:
    """Return a coordinator as a worker of the same process reaches it."""
    caps = caps or Caps()
    return Here(Coordinator(limits, caps, LoopClock(), lease=lease, rng=random.Random(1)))


def limit(here: Here, worker: str = "a") -> Limiter:
    """Return a limiter of a worker."""
    return Limiter(here, worker, LoopClock(), rng=random.Random(2))


async def hold(limiter: Limiter, seconds: float, order: list[int], number: int) -> None:
    """Take part once."""
    permit = await limiter.acquire()
    order.append(number)
    await asyncio.sleep(seconds)
    permit.release(ANSWERED)


@on_the_clock
async def test_no_more_rows_are_in_flight_than_allowed() -> None:
    """However many rows wait, only as many as the limit says are in flight."""
    here = coordinate(Limits(concurrency=3))
    most = 0
    async with limit(here) as limiter:

        async def row() -> None:
            nonlocal most
            permit = await limiter.acquire()
            most = max(most, limiter.in_flight)
            await asyncio.sleep(0.3)
            permit.release(ANSWERED)

        await asyncio.gather(*(row() for _ in range(20)))
    assert most == 3


@on_the_clock
async def test_rows_pass_in_their_order() -> None:
    """Who came first passes first."""
    order: list[int] = []
    async with limit(coordinate(Limits(concurrency=2, rpm=600))) as limiter:
        await asyncio.gather(*(hold(limiter, 0.1, order, number) for number in range(40)))
    assert order == list(range(40))


@on_the_clock
async def test_newcomer_does_not_overtake() -> None:
    """A row that comes while others wait goes to the end, although it would fit."""
    order: list[int] = []
    async with limit(coordinate(Limits(concurrency=9, tpm=6000))) as limiter:
        (await limiter.acquire(10)).release(ANSWERED)

        async def row(number: int, tokens: int) -> None:
            permit = await limiter.acquire(tokens)
            order.append(number)
            permit.release(ANSWERED)

        large = asyncio.create_task(row(1, 3000))
        await asyncio.sleep(0)
        await row(2, 1)
        await large
    assert order == [1, 2]


@on_the_clock
async def test_first_row_does_not_wait_for_a_lease() -> None:
    """A row that comes to an idle worker is granted at once, not with the next lease."""
    async with limit(coordinate(Limits())) as limiter:
        await asyncio.sleep(0.5)
        before = now()
        (await limiter.acquire()).release(ANSWERED)
        assert now() == before


@on_the_clock
async def test_waiting_is_not_busy() -> None:
    """Rows that wait a minute for their turn cost about one renewal per lease."""
    here = coordinate(Limits(concurrency=1))
    async with limit(here) as limiter:
        order: list[int] = []
        await asyncio.gather(*(hold(limiter, 30, order, number) for number in range(3)))
    assert len(here.reports) < 90 / 0.9 + 10


@on_the_clock
async def test_release_twice_frees_one_slot() -> None:
    """Releasing and withdrawing after the release do nothing."""
    async with limit(coordinate(Limits(concurrency=1))) as limiter:
        permit = await limiter.acquire()
        for _ in range(2):
            permit.release(ANSWERED)
            permit.withdraw()
        assert limiter.in_flight == 0


@on_the_clock
async def test_cancelled_row_leaves_the_queue() -> None:
    """A row that no longer waits does not hold up those after it."""
    async with limit(coordinate(Limits(concurrency=1))) as limiter:
        permit = await limiter.acquire()
        first = asyncio.create_task(limiter.acquire())
        second = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
        first.cancel()
        permit.release(ANSWERED)
        (await second).release(ANSWERED)
        assert first.cancelled()


@on_the_clock
async def test_row_cancelled_after_its_turn_came_gives_it_back() -> None:
    """A slot that a row got in the instant of its end goes to the next row."""
    here = coordinate(Limits(concurrency=1, tpm=60_000))
    async with limit(here) as limiter:
        permit = await limiter.acquire(10)
        first = asyncio.create_task(limiter.acquire(10))
        second = asyncio.create_task(limiter.acquire(10))
        await asyncio.sleep(0)
        permit.release(ANSWERED)
        first.cancel()
        (await second).release(ANSWERED)
        assert limiter.in_flight == 0
    assert sum(spent.sent for spent in here.reports) == 2
    assert sum(spent.reserved for spent in here.reports) == 20


@on_the_clock
async def test_permit_withdrawn_after_a_report_returns_its_tokens() -> None:
    """What was reserved and reported, and then not sent, is corrected with the next report."""
    here = coordinate(Limits(concurrency=1, tpm=60_000))
    async with limit(here) as limiter:
        permit = await limiter.acquire(10)
        await asyncio.sleep(1.5)
        permit.withdraw()
    assert [more for spent in here.reports for _, more in spent.corrected] == [-10]


@on_the_clock
async def test_everything_is_reported() -> None:
    """What all attempts used, and how rows ended, adds up over all reports."""
    here = coordinate(Limits(concurrency=4))
    async with limit(here) as limiter:
        outcomes = [
            Outcome(tokens=90, cost=Decimal("0.5"), clean=True, ended="done"),
            Outcome(tokens=None, ended="failed"),
            Outcome(tokens=0, ended=None),
        ]
        for outcome in outcomes:
            (await limiter.acquire(100)).release(outcome)
        limiter.count(done=1, failed=1, unknown=3)
    total = {
        name: sum(getattr(spent, name) for spent in here.reports)
        for name in ("sent", "tokens", "cost", "clean", "retried", "done", "failed", "unknown")
    }
    assert total == {
        "sent": 3,
        "tokens": 190,
        "cost": Decimal("0.5"),
        "clean": 1,
        "retried": 1,
        "done": 2,
        "failed": 2,
        "unknown": 3,
    }
    assert [spent.number for spent in here.reports] == list(range(1, len(here.reports) + 1))


@on_the_clock
async def test_refusal_holds_everybody_at_once() -> None:
    """After a refusal no other row of the process starts before the time that was asked for."""
    async with limit(coordinate(Limits(concurrency=4))) as limiter:
        permits = [await limiter.acquire() for _ in range(4)]
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
        refused_at = now()
        permits[0].release(Outcome(slowed=True, retry_after=7.0))
        for permit in permits[1:]:
            permit.release(ANSWERED)
        (await waiting).release(ANSWERED)
        assert now() >= refused_at + 7


@on_the_clock
async def test_wait_that_comes_with_another_error_holds_everybody_too() -> None:
    """Whatever the error was, nobody sends before the time that the service asked for."""
    async with limit(coordinate(Limits(concurrency=4))) as limiter:
        (await limiter.acquire()).release(Outcome(retry_after=7.0))
        (await limiter.acquire()).release(ANSWERED)
        assert now() >= 7


@on_the_clock
async def test_refusal_reaches_the_other_workers() -> None:
    """A worker that was refused reports at once; another stops with its next report."""
    here = coordinate(Limits(concurrency=8), lease=1.0)
    async with limit(here, "a") as one, limit(here, "b") as other:
        (await other.acquire()).release(ANSWERED)
        permit = await one.acquire()
        refused_at = now()
        permit.release(Outcome(slowed=True, retry_after=30.0))
        await asyncio.sleep(1.0)
        (await other.acquire()).release(ANSWERED)
        assert now() >= refused_at + 30


@on_the_clock
async def test_rows_come_back_one_by_one_after_a_pause() -> None:
    """When the pause ends, 256 rows are spread over seconds instead of sent in one instant."""
    moments: list[float] = []
    async with limit(coordinate(Limits(concurrency=256))) as limiter:
        (await limiter.acquire()).release(Outcome(slowed=True, retry_after=5.0))
        resumed = now() + 5

        async def row() -> None:
            permit = await limiter.acquire()
            moments.append(now())
            await asyncio.sleep(60)
            permit.release(ANSWERED)

        await asyncio.gather(*(row() for _ in range(256)))
    assert min(moments) >= resumed
    busiest = max(sum(m <= other < m + 0.1 for other in moments) for m in moments)
    assert busiest < 50
    assert moments[-1] - moments[0] > RAMP / 2


@on_the_clock
async def test_refusal_that_asks_for_no_wait_holds_nobody() -> None:
    """One overloaded back end does not delay the rows that others answer."""
    async with limit(coordinate(Limits(concurrency=4))) as limiter:
        permits = [await limiter.acquire() for _ in range(4)]
        before = now()
        permits[0].release(Outcome(slowed=True))
        (await limiter.acquire()).release(ANSWERED)
        assert now() == before


@on_the_clock
async def test_refusal_halves_the_automatic_concurrency_at_once() -> None:
    """A refusal is reported in the same instant, so that fewer rows are sent from then on."""
    here = coordinate(Limits())
    async with limit(here) as limiter:
        permits = [await limiter.acquire() for _ in range(8)]
        permits[0].release(Outcome(slowed=True))
        await asyncio.sleep(0.001)
        assert limiter.grant.concurrency == 4


@on_the_clock
async def test_burst_of_refusals_is_reported_once() -> None:
    """Refusals of rows that were sent together do not each ask for a new grant."""
    here = coordinate(Limits(concurrency=100))
    async with limit(here) as limiter:
        permits = [await limiter.acquire() for _ in range(100)]
        before = len(here.reports)
        for permit in permits:
            permit.release(Outcome(slowed=True, retry_after=5.0))
            await asyncio.sleep(0.001)
        assert len(here.reports) - before <= 2
    assert sum(spent.slowed for spent in here.reports) == 100


@on_the_clock
async def test_cost_stops_at_the_cap() -> None:
    """Rows stop when they have cost what was allowed, but for those in flight."""
    here = coordinate(Limits(concurrency=10), Caps(cost_usd=Decimal(1)))
    spent = Decimal(0)
    async with limit(here) as limiter:

        async def row() -> None:
            nonlocal spent
            permit = await limiter.acquire()
            await asyncio.sleep(0.2)
            spent += Decimal("0.03")
            permit.release(Outcome(clean=True, ended="done", cost=Decimal("0.03")))

        ends = await asyncio.gather(*(row() for _ in range(200)), return_exceptions=True)
    assert Decimal(1) <= spent <= Decimal("1.05")
    stops = [end for end in ends if isinstance(end, RunStoppedError)]
    assert len(stops) == 200 - spent / Decimal("0.03")
    assert {stop.stop.kind for stop in stops} == {"cost"}


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 999),
    workers=st.sampled_from([1, 3, 9]),
    cap=st.sampled_from([0, 1, 500, 20_000]),
)
def test_tokens_pass_the_cap_by_one_row_at_most(seed: int, workers: int, cap: int) -> None:
    """Over any number of workers, tokens that were estimated right end one row after the cap."""
    chance = random.Random(seed)
    used = 0

    async def main() -> None:
        here = coordinate(Limits(concurrency=20), Caps(tokens=cap))

        async def row(limiter: Limiter) -> None:
            nonlocal used
            tokens = chance.randint(1, 200)
            permit = await limiter.acquire(tokens)
            await asyncio.sleep(chance.uniform(0, 3))
            used += tokens
            permit.release(Outcome(tokens=tokens, clean=True, ended="done"))

        async def worker(number: int) -> None:
            async with limit(here, str(number)) as limiter:
                rows = (row(limiter) for _ in range(300 // workers))
                ends = await asyncio.gather(*rows, return_exceptions=True)
            assert all(end is None or isinstance(end, RunStoppedError) for end in ends)

        await asyncio.gather(*(worker(number) for number in range(workers)))

    run_virtually(main())
    assert used < cap + 200
    assert used >= min(cap, 300)


@on_the_clock
async def test_errors_stop_at_the_cap() -> None:
    """When the row fails that is one too many, only those in flight are still sent."""
    here = coordinate(Limits(concurrency=8), Caps(errors=5))
    sent = 0
    async with limit(here) as limiter:

        async def row() -> None:
            nonlocal sent
            permit = await limiter.acquire()
            sent += 1
            await asyncio.sleep(0.02)
            permit.release(Outcome(ended="failed"))

        await asyncio.gather(*(row() for _ in range(200)), return_exceptions=True)
    assert 6 <= sent <= 6 + 8
    assert here.coordinator.stopped is not None


@on_the_clock
async def test_rows_that_fail_without_an_attempt_stop_the_run_too() -> None:
    """Failures that were counted without a permit are reported before anything more is sent."""
    async with limit(coordinate(Limits(concurrency=8), Caps(errors=5))) as limiter:
        (await limiter.acquire()).release(ANSWERED)
        limiter.count(failed=6)
        with pytest.raises(RunStoppedError, match="6 of 7 rows failed; at most 5 may fail"):
            await limiter.acquire()


@on_the_clock
async def test_stop_reaches_rows_that_wait_and_rows_that_come() -> None:
    """When the run stops, nobody starts any more, and everybody learns why."""
    here = coordinate(Limits(concurrency=1))
    async with limit(here) as limiter:
        permit = await limiter.acquire()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
        here.coordinator.stop(Stop("cancelled", "you stopped it", "Go on later."))
        await asyncio.sleep(1.5)
        with pytest.raises(RunStoppedError, match=r"you stopped it\. Go on later\."):
            await waiting
        with pytest.raises(RunStoppedError):
            await limiter.acquire()
        permit.release(ANSWERED)
    assert here.reports[-1].done == 1


@on_the_clock
async def test_row_cancelled_in_the_instant_of_the_stop_is_cancelled() -> None:
    """A row that is cancelled as the run stops ends as cancelled, and holds up nobody."""
    rows: list[asyncio.Task[Permit]] = []

    async def renew(spent: Spent) -> Grant:
        if not rows:
            return Grant(seconds=1.0, concurrency=0)
        keeper = asyncio.current_task()
        assert keeper is not None
        # The first before its turn is refused, the second just after.
        asyncio.get_running_loop().call_soon(rows[0].cancel)
        keeper.add_done_callback(lambda _: rows[1].cancel())
        return Grant(seconds=1.0, concurrency=0, stop=Stop("cancelled", "you stopped it"))

    limiter = Limiter(renew, "a", LoopClock())
    await limiter.__aenter__()
    await asyncio.sleep(0.5)
    rows = [asyncio.create_task(limiter.acquire()) for _ in range(3)]
    await asyncio.wait(rows)
    assert [row.cancelled() for row in rows] == [True, True, False]
    assert isinstance(rows[2].exception(), RunStoppedError)


@on_the_clock
async def test_lost_coordinator_is_told_to_everybody() -> None:
    """If the coordinator cannot be reached, rows that wait and rows that come raise that."""

    async def renew(spent: Spent) -> Grant:
        if spent.number > 1:
            raise BulkError("the coordinator is gone")
        return Grant(seconds=1.0, concurrency=0)

    limiter = Limiter(renew, "a", LoopClock())
    async with asyncio.timeout(5):
        await limiter.__aenter__()
        with pytest.raises(BulkError, match="gone"):
            await limiter.acquire()
        with pytest.raises(BulkError, match="gone"):
            await limiter.acquire()
        with pytest.raises(BulkError, match="gone"):
            await limiter.aclose()
        await limiter.aclose()


@on_the_clock
async def test_closed_limiter_lets_nobody_start() -> None:
    """After it is closed, a row learns that, and those that waited too."""
    limiter = limit(coordinate(Limits(concurrency=1)))
    async with limiter:
        await limiter.acquire()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
    for acquire in (waiting, limiter.acquire()):
        with pytest.raises(RunStoppedError, match="closed"):
            await acquire


@on_the_clock
async def test_slow_answer_of_the_coordinator_grants_nothing_twice() -> None:
    """While a report is under way the old grant is not used, since its rest goes back."""
    here = coordinate(Limits(concurrency=99, rpm=6000))
    chance = random.Random(4)
    started: list[int] = []

    async def renew(spent: Spent) -> Grant:
        before = limiter.in_flight
        await asyncio.sleep(0.2)
        started.append(limiter.in_flight - before)
        return await here(spent)

    limiter = Limiter(renew, "a", LoopClock())
    async with limiter:

        async def row() -> None:
            await asyncio.sleep(chance.uniform(0, 9))
            permit = await limiter.acquire()
            await asyncio.sleep(60)
            permit.release(ANSWERED)

        await asyncio.gather(*(row() for _ in range(30)))
    assert max(started) == 0


@on_the_clock
async def test_grant_that_ran_out_is_not_used() -> None:
    """A worker whose renewal takes long sends nothing after its grant has ended."""

    async def renew(spent: Spent) -> Grant:
        if spent.number > 1:
            await asyncio.sleep(50)
        return Grant(seconds=1.0, concurrency=9)

    async with Limiter(renew, "a", LoopClock()) as limiter:
        (await limiter.acquire()).release(ANSWERED)
        await asyncio.sleep(2)
        before = now()
        (await limiter.acquire()).release(ANSWERED)
        assert now() >= before + 40
        assert limiter.grant.concurrency == 9


def test_time_of_this_machine_is_the_default() -> None:
    """Without a clock the limiter waits for real."""

    async def main() -> float:
        here = Here(Coordinator(Limits(concurrency=1), Caps(), SystemClock()))
        async with Limiter(here, "a") as limiter:
            (await limiter.acquire()).release(ANSWERED)
            await SystemClock().sleep(0)
            return SystemClock().now()

    assert asyncio.run(main()) > 0


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["start", "cancel", "release", "withdraw", "refuse", "wait", "tick"]),
            st.integers(0, 30),
        ),
        max_size=80,
    )
)
def test_no_slot_is_lost_in_any_order_of_events(steps: list[tuple[str, int]]) -> None:
    """Whatever is cancelled, released and refused in whatever order, all slots come back."""

    async def main() -> None:
        here = coordinate(Limits(concurrency=3, rpm=6000, tpm=60_000))
        rows: list[asyncio.Task[Permit]] = []
        async with limit(here) as limiter:
            for step, number in steps:
                row = rows[number % len(rows)] if rows else None
                permit = row.result() if row and row.done() and not row.cancelled() else None
                if step == "start":
                    rows.append(asyncio.create_task(limiter.acquire(number)))
                elif step == "tick":
                    await asyncio.sleep(0)
                elif step == "wait":
                    await asyncio.sleep(number / 10)
                elif step == "cancel" and row:
                    row.cancel()
                elif permit and step == "release":
                    permit.release(ANSWERED)
                elif permit and step == "refuse":
                    permit.release(Outcome(slowed=True, retry_after=number / 10))
                elif permit:
                    permit.withdraw()
                assert 0 <= limiter.in_flight <= 3
            for row in rows:
                await asyncio.wait([row])
                if not row.cancelled():
                    row.result().release(ANSWERED)
            assert limiter.in_flight == 0
            last = [await limiter.acquire(1) for _ in range(3)]
            for permit in last:
                permit.release(ANSWERED)
        assert here.coordinator.in_flight == 0
        assert sum(spent.sent for spent in here.reports) >= 3

    run_virtually(main())
