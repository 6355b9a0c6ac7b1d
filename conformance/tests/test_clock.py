"""Event loops whose clocks move faster than real ones."""

import asyncio
import itertools
import threading
import time

import pytest
from provider_conformance.drivers import _clock
from provider_conformance.drivers._clock import MovableClockLoop, StalledError, VirtualClockLoop

DAY_S = 86400.0


@pytest.fixture(params=[VirtualClockLoop, MovableClockLoop])
def loop(request):
    """Return a loop of each kind; it is closed afterwards."""
    made = request.param()
    yield made
    made.run_until_complete(made.shutdown_default_executor())
    made.close()


@pytest.fixture
def virtual():
    """Return a loop whose clock jumps."""
    made = VirtualClockLoop()
    yield made
    made.run_until_complete(made.shutdown_default_executor())
    made.close()


@pytest.fixture
def movable():
    """Return a loop whose clock can be moved."""
    made = MovableClockLoop()
    yield made
    made.close()


def test_a_day_passes_at_once(virtual):
    """Whoever sleeps for a day gets there, by the loop's clock exactly."""

    async def sleep():
        await asyncio.sleep(DAY_S)
        return asyncio.get_running_loop().time()

    assert virtual.run_until_complete(sleep()) == DAY_S


def test_sleepers_wake_in_order(virtual):
    """The clock jumps from timer to timer and passes none over."""
    woken = []

    async def sleeper(seconds):
        await asyncio.sleep(seconds)
        woken.append((seconds, asyncio.get_running_loop().time()))

    async def all_of_them():
        await asyncio.gather(*(sleeper(s) for s in (30.0, 10.0, 20.0)))

    virtual.run_until_complete(all_of_them())

    assert woken == [(10.0, 10.0), (20.0, 20.0), (30.0, 30.0)]


def test_work_stops_the_clock(virtual):
    """No time passes while something can be done."""

    async def work():
        for _ in range(100):
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    assert virtual.run_until_complete(work()) == 0


def test_deadlines_ring(virtual):
    """``asyncio.timeout`` follows the virtual clock."""

    async def late():
        async with asyncio.timeout(120):
            await asyncio.sleep(DAY_S)

    with pytest.raises(TimeoutError):
        virtual.run_until_complete(late())

    assert virtual.time() == 120


def test_waiting_for_nothing_is_an_error(virtual):
    """A loop in which nothing can happen any more says so instead of hanging."""

    async def hang():
        await asyncio.Event().wait()

    with pytest.raises(StalledError, match="never happen"):
        virtual.run_until_complete(hang())


def test_threads_are_waited_for(loop):
    """Work in a thread is finished before the clock goes on."""
    may_end = threading.Event()

    async def work():
        start = asyncio.get_running_loop().time()
        late = asyncio.get_running_loop().call_later(DAY_S, may_end.set)
        done = await asyncio.gather(asyncio.to_thread(may_end.wait, 5), _release(may_end))
        late.cancel()
        return done[0], asyncio.get_running_loop().time() - start < DAY_S

    assert loop.run_until_complete(work()) == (True, True)


async def _release(event):
    await asyncio.sleep(0)
    event.set()


def test_endless_work_is_given_up(monkeypatch, request):
    """A loop that never comes to rest is ended in real time."""
    monkeypatch.setattr(_clock, "REAL_LIMIT_S", 0.05)

    async def spin():
        for _ in itertools.count():
            await asyncio.sleep(0)

    for kind in (VirtualClockLoop, MovableClockLoop):
        loop = kind()
        request.addfinalizer(loop.close)
        with pytest.raises(StalledError, match="real seconds"):
            loop.run_until_complete(spin())


def test_moving_the_clock_rings_due_timers(movable):
    """Moving the clock wakes those whose time has come, and nobody else."""

    async def move():
        loop = asyncio.get_running_loop()
        soon = asyncio.ensure_future(asyncio.sleep(60, "soon"))
        late = asyncio.ensure_future(asyncio.sleep(3 * DAY_S))
        await asyncio.sleep(0)
        loop.move(DAY_S)
        assert await soon == "soon"
        still = not late.done()
        late.cancel()
        return still

    assert movable.run_until_complete(move())


def test_a_moved_clock_keeps_its_lead(movable):
    """What was skipped stays skipped."""
    before = movable.time()
    movable.move(DAY_S)

    assert movable.time() >= before + DAY_S


async def _slow_thread(loop):
    await asyncio.to_thread(time.sleep, 0.1)
    return loop.time()


def test_clock_stands_still_for_work_in_a_thread():
    """A limit of an hour is not over when a thread has taken a tenth of a second."""
    loop = VirtualClockLoop()
    try:
        passed = loop.run_until_complete(asyncio.wait_for(_slow_thread(loop), 3600))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    assert passed < 3600
