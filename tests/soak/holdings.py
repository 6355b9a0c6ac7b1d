"""What a process holds: measured when nothing is asked, so that what leaks shows."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fresh import memory

_SETTLED_S = 3.0


@dataclass(frozen=True)
class Holdings:
    """What this process holds.

    Attributes:
        descriptors: open file descriptors.
        tasks: tasks of the running loop, besides the one that asks.
        threads: threads.
        blocks: blocks of memory that Python has allocated; exact, unlike the resident memory.
        resident: resident memory in bytes.
    """

    descriptors: int
    tasks: int
    threads: int
    blocks: int
    resident: int


def holdings() -> Holdings:
    """Measure, after all that is garbage was collected."""
    for _ in range(3):  # a finaliser may leave garbage in turn
        gc.collect()
    return Holdings(
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        tasks=len(asyncio.all_tasks()) - 1,
        threads=threading.active_count(),
        blocks=sys.getallocatedblocks(),
        resident=memory("VmRSS"),
    )


async def settled() -> Holdings:
    """Measure once all tasks but this one have ended, at the latest after some seconds."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=_SETTLED_S)
    await asyncio.sleep(0.05)  # connections are closed in the loop's next turns
    return holdings()


@contextmanager
def strays() -> Iterator[list[str]]:
    """Collect what nobody would hear of: lost exceptions, open streams, coroutines not awaited."""
    found: list[str] = []
    before = sys.unraisablehook
    sys.unraisablehook = lambda lost: found.append(f"{lost.err_msg}: {lost.exc_value!r}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for kind in (ResourceWarning, RuntimeWarning):
                warnings.simplefilter("always", kind)
            warnings.showwarning = lambda message, *_, **__: found.append(f"warning: {message}")
            yield found
            gc.collect()
    finally:
        sys.unraisablehook = before


def hear_lost_exceptions(found: list[str]) -> None:
    """Collect the exceptions that the running loop reports because nobody awaits their task."""

    def note(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        found.append(f"{context.get('message')}: {context.get('exception')!r}")

    asyncio.get_running_loop().set_exception_handler(note)
