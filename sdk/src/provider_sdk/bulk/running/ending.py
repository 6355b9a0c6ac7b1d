"""Waiting for what must come to its end, whoever cancels meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

_T = TypeVar("_T")


async def to_its_end(work: Awaitable[_T]) -> _T:
    """Return the result of ``work``, which is not cancelled with its caller.

    Raises:
        asyncio.CancelledError: the caller was cancelled meanwhile; the work has ended.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # it is told once, and the caller has gone
        raise cancelled
    return task.result()
