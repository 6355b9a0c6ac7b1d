"""Calls that wait, and clocks that are moved forward."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab

_T = TypeVar("_T")

_STEP_S = 1.0


async def within(what: str, call: Awaitable[_T], seconds: float = 5.0) -> _T:
    """Return the result of a call that must not wait.

    Raises:
        Failed: it has not ended after so many seconds.
    """
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError:
        raise Failed(what, "to come without waiting", f"nothing after {seconds:g} s") from None


async def require_cancelled(what: str, call: Coroutine[Any, Any, object]) -> None:
    """Start a call, cancel it, and fail unless that ends it."""
    task = asyncio.create_task(call)
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task], timeout=1)
    if not task.cancelled():
        end = repr(task.exception() or task.result()) if task.done() else "goes on"
        raise Failed(what, "to be cancelled", end)


@asynccontextmanager
async def running_in_background(call: Coroutine[Any, Any, _T]) -> AsyncIterator[asyncio.Task[_T]]:
    """Run a call as a task during the block, and cancel it if it is still running at the end."""
    task = asyncio.create_task(call)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fast_forward(lab: Lab, call: Coroutine[Any, Any, _T], longest: float = 120.0) -> _T:
    """Return the result of a call, moving the clock forward whenever the call waits for time.

    Raises:
        Failed: it has not ended after ``longest`` seconds of the moved clock.
    """
    async with running_in_background(call) as task:
        passed = 0.0
        while not await ends_without_waiting(lab, task):
            if passed >= longest:
                raise Failed("the call", f"to end within {longest:g} s", "still waiting")
            await lab.driver.pass_time(_STEP_S)
            passed += _STEP_S
        return await task


async def chats_arrived(lab: Lab, number: int) -> bool:
    """Poll until so many chat requests have reached the service; return whether they have."""
    return await lab.wait_until(lambda: lab.request_count() >= number)


async def ends_without_waiting(lab: Lab, task: asyncio.Task[Any]) -> bool:
    """Let everything happen that needs no time to pass; return whether the call has ended."""
    await lab.wait_until(lambda: task.done() or _waits_for_clock(lab))
    await lab.driver.settle()
    return task.done()


async def pass_time_until_chats(
    lab: Lab, number: int, longest: float, step: float, growth: float = 0.0
) -> float:
    """Move the clock until so many chat requests have arrived; return the seconds that passed.

    The clock moves by ``step``, or by ``growth`` times the seconds passed so far if that is more,
    so the result may be too large by one such step.
    """
    passed = 0.0
    while lab.request_count() < number and passed < longest:
        stride = max(step, passed * growth)
        await lab.driver.pass_time(stride)
        passed += stride
    return passed


def _waits_for_clock(lab: Lab) -> bool:
    """Whether the service has nothing left to send, so that only time can end a wait."""
    exchanges = lab.service.exchanges
    return bool(exchanges) and all(e.ended or e.closed or e.reply.head != "send" for e in exchanges)
