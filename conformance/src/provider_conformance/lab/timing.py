"""Calls that must end in time, whichever clock a provider reads."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from provider_sdk import ProviderTimeoutError

from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.waiting import running_in_background

_REAL_S = 8.0
"""Most real seconds that a provider with a clock of its own is waited for."""

_T = TypeVar("_T")


def chosen_timeout(lab: Lab) -> float:
    """Return the timeout of checks that may choose one, by driver."""
    return 20.0 if lab.driver.name == "respx" else 0.4


async def let_pass(lab: Lab, seconds: float) -> None:
    """Let time pass for the provider: the clock is moved, or it is waited for."""
    if lab.driver.name == "respx":
        await lab.driver.pass_time(seconds)
    else:
        await asyncio.sleep(seconds)


async def end_in_time(
    lab: Lab, call: Coroutine[Any, Any, _T], what: str, limit: float | None = None
) -> _T:
    """Return what a call returns; fail unless it ends within its timeout."""
    limit = limit or chosen_timeout(lab)
    async with running_in_background(call) as task:
        await lab.driver.settle()
        await let_pass(lab, 1.25 * limit)
        ended = await lab.wait_until(task.done)
        lab.true(what, ended, f"to end within its timeout of {limit:g} s", "still waiting")
        return await task


async def require_timeout(lab: Lab, call: Coroutine[Any, Any, object], what: str) -> None:
    """Fail unless a call raises ProviderTimeoutError within its timeout."""
    await end_in_time(lab, lab.raises(ProviderTimeoutError, call, what), what)


async def end_between(
    lab: Lab, call: Coroutine[Any, Any, _T], what: str, least: float, most: float
) -> _T:
    """Return what a call returns; fail unless it ends between ``least`` and ``most`` seconds."""
    async with running_in_background(call) as task:
        await lab.driver.settle()
        await lab.driver.pass_time(least)
        if task.done():
            ended = f"{await task!r}"
            raise Failed(f"{what} after {least:g} s", "to be waited for", f"ended: {ended}")
        await lab.driver.pass_time(most - least)
        ended_by_then = await lab.wait_until(task.done)
        if not ended_by_then and lab.driver.name == "socket":
            # A blocking library in a thread has its own clock, which cannot be moved.
            ended_by_then = bool((await asyncio.wait([task], timeout=min(most, _REAL_S)))[0])
        lab.true(f"{what} after {most:g} s", ended_by_then, "to have ended", "still waiting")
        return await task
