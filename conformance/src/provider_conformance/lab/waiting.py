"""Calls that wait, and a clock that does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab

_T = TypeVar("_T")

_STEP_S = 1.0


@asynccontextmanager
async def running_in_background(call: Coroutine[Any, Any, _T]) -> AsyncIterator[asyncio.Task[_T]]:
    """Run a call beside the block; what is left of it when the block ends is cancelled."""
    task = asyncio.create_task(call)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fast_forward(lab: Lab, call: Coroutine[Any, Any, _T], longest: float = 120.0) -> _T:
    """Return what a call returns, without waiting for whatever it waits for.

    Raises:
        Failed: it has not ended after so many seconds.
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
    """Wait until so many chats have reached the service; return whether they did."""
    return await lab.wait_until(lambda: lab.request_count() >= number)


async def ends_without_waiting(lab: Lab, task: asyncio.Task[Any]) -> bool:
    """Let happen what can happen at once; return whether the call has ended."""
    await lab.wait_until(lambda: task.done() or _waits_for_clock(lab))
    await lab.driver.settle()
    return task.done()


async def pass_time_until_chats(
    lab: Lab, number: int, longest: float, step: float, growth: float = 0.0
) -> float:
    """Let time pass until so many chats have arrived; return how much, a step too much at most.

    A step is that long, or as large a part of what has passed, where that is more.
    """
    passed = 0.0
    while lab.request_count() < number and passed < longest:
        stride = max(step, passed * growth)
        await lab.driver.pass_time(stride)
        passed += stride
    return passed


def _waits_for_clock(lab: Lab) -> bool:
    """Whether nothing is being sent: whoever waits now waits for the clock."""
    exchanges = lab.service.exchanges
    return bool(exchanges) and all(e.ended or e.closed or e.reply.head != "send" for e in exchanges)
