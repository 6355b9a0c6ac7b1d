"""Running a coroutine so that Ctrl-C and time limits end it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import click

from ollama_cli.processes.interrupts import Cancelling

_T = TypeVar("_T")


def run(work: Coroutine[Any, Any, _T], *, has_tasks: bool = False) -> _T:
    """Run the coroutine and return its result.

    Args:
        work: the coroutine.
        has_tasks: whether tasks that it starts write, too: an interrupted write then cancels its
            own task, because ``KeyboardInterrupt`` would end the loop under all of them.

    Raises:
        click.Abort: Ctrl-C cancelled it.
    """
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_Executor())
        try:
            # A list, because any result may be None.
            results = runner.run(_interruptible(work, has_tasks=has_tasks))
        except asyncio.CancelledError:
            results = []  # it was cancelled in its very last step
    for result in results:
        return result
    raise click.Abort


async def to_its_end(task: asyncio.Future[_T]) -> _T:
    """Return the result of a task, which whoever cancels the caller does not cancel.

    Raises:
        CancelledError: the caller was cancelled, or the task.
    """
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        _ = task.cancelled() or task.exception()  # or the loop would tell it
        raise cancelled
    return task.result()


async def _interruptible(work: Coroutine[Any, Any, _T], *, has_tasks: bool) -> list[_T]:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def cancel() -> None:
        task.cancel()
        loop.call_soon_threadsafe(lambda: None)  # wakes the loop

    try:
        with Cancelling(cancel, error=asyncio.CancelledError if has_tasks else None):
            return [await work]
    except (asyncio.CancelledError, KeyboardInterrupt):
        return []


class _Executor(ThreadPoolExecutor):
    """Does not wait for what its threads do, such as a name look-up, which cannot be stopped."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut down without waiting."""
        super().shutdown(wait=False, cancel_futures=True)
