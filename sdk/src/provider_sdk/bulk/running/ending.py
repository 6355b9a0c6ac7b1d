"""Waiting for what must come to its end, whoever cancels meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar, cast

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


async def first_of(*waiting: Awaitable[object]) -> None:
    """Wait until one of them has ended; of the others, only coroutines are cancelled."""
    tasks = [asyncio.ensure_future(each) for each in waiting]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task, given in zip(tasks, waiting, strict=True):
            if task is not given:
                task.cancel()


async def in_thread(work: Callable[[], _T]) -> _T:
    """Return what ``work`` returns, which runs in a thread of its own.

    If the caller is cancelled, the thread is left alone, and does not keep the process from ending.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, error: BaseException | None) -> None:
        if ended.done():
            return
        if error is not None:
            ended.set_exception(error)
        else:
            ended.set_result(cast("_T", result))

    def run() -> None:
        result, problem = None, None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - the caller raises it
            problem = error
        with suppress(RuntimeError):  # the loop has ended, and nobody waits
            loop.call_soon_threadsafe(settle, result, problem)

    threading.Thread(target=run, daemon=True).start()
    return await ended
