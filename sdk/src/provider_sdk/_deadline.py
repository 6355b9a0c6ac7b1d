"""One deadline over everything that a call does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from provider_sdk._errors import ProviderTimeoutError

_T = TypeVar("_T")


async def within(seconds: float, work: Callable[[float], Awaitable[_T]]) -> _T:
    """Await ``work(deadline)``, whose deadline is in loop time.

    Raises:
        ProviderTimeoutError: it did not end in time.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    try:
        async with asyncio.timeout_at(deadline):
            return await work(deadline)
    except TimeoutError:
        pass  # raised below, so that the error carries no context
    raise ProviderTimeoutError(
        f"no answer within {seconds:g} s", hint="Raise the timeout, or stream long answers."
    )
