"""A worker: takes shards from the desk, and asks their rows with one provider."""

from __future__ import annotations

import asyncio
from typing import Any

from provider_sdk.bulk.engines import WorkerDesk
from provider_sdk.bulk.errors import JournalError, LeaseLostError
from provider_sdk.bulk.job import Job
from provider_sdk.bulk.limits import Limiter, RunStoppedError
from provider_sdk.bulk.running.collecting import collecting_seldom
from provider_sdk.bulk.running.ending import first_of, to_its_end
from provider_sdk.bulk.running.shard import run_shard
from provider_sdk.bulk.running.slots import PATIENCE_S, Slots
from provider_sdk.bulk.shards import Shard

GRACE_S = 5.0
"""Seconds that rows in flight have to be answered once a worker is cancelled."""

_MOST_OPEN = 4
"""Shards that are open at once: the one that is being begun, and those whose last rows end."""


class Worker:
    """Works at shards until the desk has none left.

    Args:
        job: the run.
        name: the name of the worker, unique in the run.
        desk: where shards and grants come from.
        grace: seconds that rows in flight have once it is cancelled.
        patience: seconds after which calls are left alone that do not heed their cancellation.
    """

    def __init__(
        self,
        job: Job,
        name: str,
        desk: WorkerDesk,
        *,
        grace: float = GRACE_S,
        patience: float = PATIENCE_S,
    ) -> None:
        self._job = job
        self._grace = grace
        self._patience = patience
        self._name = name
        self._desk = desk
        self._open: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until no shard is left, or the run stops.

        When the run stops, no further row is sent, and those in flight are awaited. If this is
        cancelled, they have ``GRACE_S`` seconds, and none after a second cancellation, nor if the
        journal cannot be written or a lease is lost. What is then without an answer stays in doubt.
        In any case the journals are closed, and leases and grants given back.

        Raises:
            ProviderError: the run cannot go on.
        """
        provider = self._job.make_provider()
        try:
            async with Limiter(self._desk.renew, self._name) as limiter:
                slots = Slots(provider, self._job, limiter)
                with collecting_seldom():
                    await self._ask_all(slots)
        finally:
            if self._job.closes_provider:
                await to_its_end(provider.aclose())
        # Why the desk stops the run is known to who runs it.
        if slots.error is not None and not isinstance(slots.error, RunStoppedError):
            raise slots.error

    async def _ask_all(self, slots: Slots) -> None:
        grace: float | None = self._grace
        try:
            await self._work_off(slots)
            # Answers are paid for and awaited, unless they could not be written down.
            grace = 0.0 if isinstance(slots.error, JournalError | LeaseLostError) else None
        finally:
            slots.stop()
            try:
                await slots.drain(grace, self._patience)
            finally:
                if self._open:
                    await to_its_end(asyncio.wait(self._open))

    async def _work_off(self, slots: Slots) -> None:
        stopping = asyncio.ensure_future(slots.stopped.wait())
        try:
            while (shard := await self._next_shard(stopping)) is not None:
                all_taken = asyncio.Event()
                task = asyncio.create_task(self._run_shard(shard, slots, all_taken))
                self._open.add(task)
                task.add_done_callback(self._open.discard)
                await all_taken.wait()
                while len(self._open) >= _MOST_OPEN and not stopping.done():
                    await first_of(stopping, *self._open)
        finally:
            stopping.cancel()

    async def _next_shard(self, stopping: asyncio.Future[Any]) -> Shard | None:
        """Return the next shard, ``None`` if none is left or the run stops."""
        taking = asyncio.ensure_future(self._desk.take())
        try:
            await first_of(stopping, taking)
            number = None if stopping.done() else taking.result()
        finally:
            taking.cancel()
        return None if number is None else self._job.shards[number]

    async def _run_shard(self, shard: Shard, slots: Slots, all_taken: asyncio.Event) -> None:
        try:
            is_whole = await run_shard(shard, self._job, slots, all_taken)
            if is_whole:
                await self._desk.ended(shard.number)
        except Exception as error:  # noqa: BLE001 - `run` raises it
            slots.stop(error)
