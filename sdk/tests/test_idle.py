"""The limit on each wait of a stream."""

import asyncio
import gc
import weakref

import pytest
from provider_sdk._timeouts import IdleLimit

from ._clock import be_busy, now, on_the_clock


async def _wait(limit, seconds):
    with limit:
        await asyncio.sleep(seconds)


@on_the_clock
async def test_a_long_wait_ends_at_the_limit():
    """A wait is cut off when it has lasted as long as it may."""
    with pytest.raises(TimeoutError, match="silent for 60 s"):
        await _wait(IdleLimit(60.0), 1000)

    assert now() == 60


@on_the_clock
async def test_short_waits_may_add_up():
    """Each wait has the whole limit for itself."""
    limit = IdleLimit(60.0)

    for _ in range(10):
        await _wait(limit, 40)

    assert now() == 400


@on_the_clock
async def test_each_wait_is_measured_from_its_own_begin():
    """What earlier waits took, and the time between them, does not count."""
    limit = IdleLimit(60.0)
    await _wait(limit, 40)
    await asyncio.sleep(500)
    await _wait(limit, 50)

    with pytest.raises(TimeoutError):
        await _wait(limit, 1000)

    assert now() == 40 + 500 + 50 + 60


@on_the_clock
async def test_a_wait_that_begins_while_the_timer_fires_has_the_whole_limit():
    """The timer of an earlier wait does not end one that begins just before it fires."""
    limit = IdleLimit(60.0)
    await _wait(limit, 40)
    be_busy(25)
    await asyncio.sleep(0)  # now the timer is due, and fires after this task has run

    await _wait(limit, 59)

    assert now() == 40 + 25 + 59


@on_the_clock
async def test_a_wait_after_one_without_a_pause_has_its_own_limit():
    """What is there at once takes no time, and the wait after it is limited as any other."""
    limit = IdleLimit(60.0)
    for _ in range(3):
        with limit:
            pass

    with pytest.raises(TimeoutError):
        await _wait(limit, 1000)

    assert now() == 60


@on_the_clock
async def test_a_limit_serves_again_after_it_struck():
    """A wait that was cut off does not shorten the next."""
    limit = IdleLimit(60.0)
    with pytest.raises(TimeoutError):
        await _wait(limit, 1000)

    await _wait(limit, 59)

    assert asyncio.current_task().cancelling() == 0


@on_the_clock
async def test_nothing_is_limited_before_a_limit_is_set():
    """Without seconds a wait may last."""
    limit = IdleLimit()
    await _wait(limit, 1000)
    limit.seconds = 60.0

    with pytest.raises(TimeoutError):
        await _wait(limit, 1000)

    assert now() == 1060


@on_the_clock
async def test_cancellation_passes():
    """A task that is cancelled while it waits ends, and does not time out."""
    task = asyncio.create_task(_wait(IdleLimit(60.0), 1000))
    await asyncio.sleep(30)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@on_the_clock
async def test_cancellation_wins_over_the_limit():
    """A task that is cancelled at the very moment of the limit ends, and does not time out."""
    task = asyncio.create_task(_wait(IdleLimit(60.0), 1000))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_at(60.0, task.cancel)

    with pytest.raises(asyncio.CancelledError):
        await task


@on_the_clock
async def test_other_errors_pass():
    """What goes wrong while waiting is raised as it is."""
    with pytest.raises(ConnectionError), IdleLimit(60.0):
        raise ConnectionError


@on_the_clock
async def test_a_stopped_limit_leaves_nothing_behind():
    """The event loop keeps no limit that was stopped."""
    limit = IdleLimit(60.0)
    await _wait(limit, 1)
    limit.stop()
    kept = weakref.ref(limit)

    del limit
    gc.collect()

    assert kept() is None
