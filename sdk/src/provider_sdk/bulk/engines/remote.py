"""A worker in another process, whatever carries what it says."""

from __future__ import annotations

import asyncio
import platform

from provider_sdk.bulk.engines.afar import DeskAfar, Send
from provider_sdk.bulk.engines.failures import failure_of
from provider_sdk.bulk.engines.messages import Ended, to_line
from provider_sdk.bulk.engines.packing import unpack_job
from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.running.worker import Worker


async def work(job: str, name: str, desk: DeskAfar, send: Send) -> None:
    """Run one worker to its end, and send as the last message how it ended.

    Args:
        job: as from ``pack_job``.
        name: the name of the worker.
        desk: where shards and grants come from.
        send: sends a line to who started the worker.
    """
    failure = None
    try:
        await _work(job, name, desk)
    except asyncio.CancelledError:
        pass  # it was told to stop
    except Exception as error:  # noqa: BLE001 - who started the worker raises it
        failure = failure_of(error)
    send(to_line(Ended(failure)))


async def _work(packed: str, name: str, desk: DeskAfar) -> None:
    job = unpack_job(packed)
    if not job.directory.is_dir():
        raise BulkInputError(
            f"the worker on {platform.node()} does not see the run directory: {job.directory}",
            hint="Choose one in a file system that all machines share, with --run.",
        )
    await Worker(job, name, desk).run()
