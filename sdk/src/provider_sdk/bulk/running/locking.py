"""Having a run for a while, without waiting in the event loop for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from provider_sdk.bulk.running.ending import in_thread
from provider_sdk.bulk.store import RunLock


@asynccontextmanager
async def locked(folder: Path) -> AsyncIterator[RunLock]:
    """Keep other processes from a run while the block runs.

    Raises:
        RunBusyError: another process is at it.
        BulkInputError: the directory cannot be read or written.
    """
    taking = asyncio.ensure_future(in_thread(partial(RunLock.take, folder)))
    try:
        lock = await asyncio.shield(taking)
    except asyncio.CancelledError:
        # It may take a minute to see that another machine is no longer at it.
        taking.add_done_callback(_give_back)
        raise
    with lock:
        yield lock


def _give_back(taking: asyncio.Future[RunLock]) -> None:
    if not taking.cancelled() and taking.exception() is None:
        taking.result().release()
