"""The workers of other processes: starts them, answers them, and replaces those that die."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Protocol

from provider_sdk.bulk.engines import Desk
from provider_sdk.bulk.engines.afar import Clerk
from provider_sdk.bulk.engines.failures import error_of
from provider_sdk.bulk.engines.local import DeskHere
from provider_sdk.bulk.engines.messages import Ended, Lost, Message, Renew
from provider_sdk.bulk.engines.restarts import Restarts
from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.running.ending import to_its_end


class Place(Protocol):
    """Where workers run: processes of this machine, or a cluster."""

    async def start(self, worker: str) -> None:
        """Begin to start a worker of this name; if that fails, it is lost.

        Raises:
            BulkError: no worker can be started at all.
        """

    def send(self, worker: str, line: bytes) -> None:
        """Send an answer to a worker; do nothing if it has gone."""

    async def next(self) -> tuple[str, Message]:
        """Return the next message, and which worker it is from.

        Raises:
            BulkError: no worker can be reached any more.
        """

    def stop(self) -> None:
        """Tell all workers to send nothing more, and to end."""

    async def aclose(self) -> None:
        """End what still runs."""


class Crew:
    """Runs workers in a place until the desk has no shard left.

    Args:
        place: where they run; it is closed in the end.
        desk: the desk.
        workers: how many run at once.
        grace: seconds that they have to end, once they are told to stop.
        deaths: how many may die in a row before a row has ended.
    """

    def __init__(
        self, place: Place, desk: Desk, workers: int, *, grace: float = 15.0, deaths: int = 5
    ) -> None:
        self._place = place
        self._desk = desk
        self._workers = workers
        self._grace = grace
        self._restarts = Restarts(deaths)
        self._names = (f"worker-{number}" for number in count())
        self._clerks: dict[str, Clerk] = {}
        self._stopping = False

    async def run(self) -> None:
        """Run them to their end.

        If it is cancelled, or one of them meets an error that stops the run, all are told to stop,
        and have ``grace`` seconds; a second cancellation ends this time.

        Raises:
            BulkError: no worker can be started or reached, or too many have died.
            ProviderError: the error of the first worker that met one.
        """
        try:
            for _ in range(self._workers):
                await self._start()
            await self._serve()
        finally:
            await self._wind_up()

    async def _start(self) -> None:
        name = next(self._names)
        self._clerks[name] = Clerk(DeskHere(self._desk, name), partial(self._place.send, name))
        await self._place.start(name)

    async def _serve(self) -> None:
        """Answer until every worker has ended."""
        while self._clerks:
            worker, message = await self._place.next()
            clerk = self._clerks.get(worker)
            if clerk is None:
                continue  # it was given up for lost, and lives
            if isinstance(message, Ended | Lost):
                del self._clerks[worker]
                clerk.close()
                await self._note_end(worker, message)
            else:
                if isinstance(message, Renew) and (message.spent.done or message.spent.failed):
                    self._restarts.progress()
                clerk.receive(message)

    async def _note_end(self, worker: str, message: Ended | Lost) -> None:
        goes_on = not self._stopping and not self._desk.is_finished
        if isinstance(message, Ended):
            if message.failure is not None and not self._stopping:
                raise error_of(message.failure)
            if not goes_on:
                return
            # One that something else has interrupted ends so too, and leaves its shards.
            message = Lost("it has ended before its work")
        self._desk.lost(worker)
        if goes_on:
            self._restarts.count(message.why)
            await self._start()

    async def _wind_up(self) -> None:
        self._stopping = True
        try:
            if self._clerks:
                self._place.stop()
                # What is raised is the reason to wind up, not what happens on the way.
                with suppress(TimeoutError, BulkError):
                    async with asyncio.timeout(self._grace):
                        await self._serve()
        finally:
            for worker, clerk in self._clerks.items():
                clerk.close()
                self._desk.lost(worker)
            await to_its_end(self._place.aclose())
