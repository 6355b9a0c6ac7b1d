"""The engine that runs one worker in this process."""

from __future__ import annotations

import asyncio

from provider_sdk.bulk.engines import Desk
from provider_sdk.bulk.job import Job
from provider_sdk.bulk.limits.grants import Grant, Spent
from provider_sdk.bulk.running.worker import Worker

_POLL_S = 0.1


class DeskHere:
    """The desk as a worker of this process reaches it.

    Args:
        desk: the desk.
        worker: the name of the worker.
    """

    def __init__(self, desk: Desk, worker: str) -> None:
        self._desk = desk
        self._worker = worker

    async def take(self) -> int | None:
        """Return a shard to work at, ``None`` once every shard has ended or the run stops."""
        while True:
            shard = self._desk.take(self._worker)
            if shard is not None or self._desk.is_finished:
                return shard
            await asyncio.sleep(_POLL_S)

    async def renew(self, spent: Spent) -> Grant:
        """Report what the worker has used, and return what it may use next."""
        return self._desk.renew(spent)

    async def ended(self, shard: int) -> None:
        """Report that all rows of a shard have ended."""
        self._desk.ended(self._worker, shard)


class LocalEngine:
    """Runs one worker in this process; its event loop asks all rows."""

    lease_s: float = 0.25

    async def run(self, job: Job, desk: Desk) -> None:
        """Work at all shards.

        Raises:
            ProviderError: the run cannot go on.
        """
        name = "worker-0"
        await Worker(job, name, DeskHere(desk, name)).run()
