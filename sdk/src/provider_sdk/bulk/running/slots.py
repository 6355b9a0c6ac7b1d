"""The tasks of a worker that ask its rows.

No row has a task of its own: a task takes one row after the other. There is one task more than the
limiter lets send at once. So their number follows the limiter, whatever it decides.
"""

from __future__ import annotations

import asyncio
import errno
from collections import deque

from provider_sdk._base import BaseProvider
from provider_sdk._errors import ProviderError
from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.job import Job
from provider_sdk.bulk.limits import Limiter, Outcome, Permit
from provider_sdk.bulk.rows import Row
from provider_sdk.bulk.running.asking import Asker, OneAttempt
from provider_sdk.bulk.running.ending import to_its_end
from provider_sdk.bulk.running.work import Work

_FEWEST_PAUSING = 16
"""So many rows may wait before they are sent again, however few are in flight."""

PATIENCE_S = 10.0
"""Seconds until calls are left alone that do not heed their cancellation, as some libraries'."""


class Slots:
    """Asks the rows of all shards that a worker has.

    Args:
        provider: who is asked.
        job: the run.
        limiter: says when a row may be sent.

    Attributes:
        in_flight: rows that have been sent, and whose end is not recorded.
        stopped: is set when no further row is asked.
        error: why; ``None`` if nothing went wrong.
        drained: is set when what is still in flight will not be awaited any more.
    """

    def __init__(self, provider: BaseProvider, job: Job, limiter: Limiter) -> None:
        self.in_flight: int = 0
        self.stopped: asyncio.Event = asyncio.Event()
        self.drained: asyncio.Event = asyncio.Event()
        self.error: BaseException | None = None
        self._asker = Asker(provider, job, self)
        self._limiter = limiter
        self._works: deque[Work] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._is_growing = False
        self._queued = 0
        self._pausing = 0

    # Shards.

    def add(self, work: Work) -> None:
        """Begin to ask the rows of a shard, after those of the shards before it."""
        if self.stopped.is_set():
            work.give_up()
        else:
            self._works.append(work)
            self._grow()

    def stop(self, error: BaseException | None = None) -> None:
        """Ask no further row; those in flight may still end."""
        self.error = self.error or error
        self.stopped.set()
        for work in self._works:
            work.give_up()
        self._works.clear()
        for task in self._waiting:
            task.cancel()

    async def drain(self, seconds: float | None, patience: float = PATIENCE_S) -> None:
        """Wait until what is in flight has ended, and cancel what has not in time.

        Args:
            seconds: how long; ``None`` for as long as it takes.
            patience: seconds after which what was cancelled is left alone.
        """
        try:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=seconds)
        finally:
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await to_its_end(asyncio.wait(self._tasks, timeout=patience))
            self.drained.set()

    # Turns of rows.

    async def acquire(self, tokens: int) -> Permit:
        """Wait until a request that may use so many tokens can be sent."""
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        self._queued += 1
        try:
            permit = await self._limiter.acquire(tokens)
        finally:
            self._queued -= 1
            self._waiting.discard(task)
        self.in_flight += 1
        if not self._queued:
            self._grow()
        return permit

    def release(self, permit: Permit, outcome: Outcome) -> None:
        """Let another row take the turn."""
        self.in_flight -= 1
        permit.release(outcome)

    def count_unknown(self, rows: int) -> None:
        """Count rows that are left without an answer."""
        self._limiter.count(unknown=rows)

    async def pause(self, seconds: float) -> None:
        """Wait before a row is sent again."""
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        self._pausing += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._pausing -= 1
            self._waiting.discard(task)

    # Tasks.

    def _grow(self) -> None:
        # While a service is down, no more rows begin than were in flight.
        is_calm = self._pausing <= max(self.in_flight, _FEWEST_PAUSING)
        if self._works and is_calm and not self._is_growing:
            self._is_growing = True
            # Not here: tasks that begin at once would begin within each other.
            self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        self._is_growing = False
        task = self._loop.create_task(self._serve())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self) -> None:
        with OneAttempt():
            while (taken := self._next()) is not None:
                work, row = taken
                has_ended = False
                try:
                    await self._asker.ask(row, work.notes, work.sent.get(row.index, 0))
                    has_ended = True
                except asyncio.CancelledError:
                    # Some libraries cancel what they do not own; the others would wait for ever.
                    if not self.stopped.is_set():
                        self.stop(_cancelled_error(row))
                    raise
                except Exception as error:  # noqa: BLE001 - raised by whoever waits for the worker
                    if isinstance(error, ProviderError):
                        error.__traceback__ = None  # its frames may hold headers
                    self.stop(_files_error() if _has_no_files(error) else error)
                finally:
                    work.row_left(has_ended=has_ended)

    def _next(self) -> tuple[Work, Row] | None:
        while self._works:
            work = self._works[0]
            try:
                row = work.next_row()
            except Exception as error:  # noqa: BLE001 - raised by whoever waits for the worker
                self.stop(error)
                return None
            if row is not None:
                return work, row
            self._works.popleft()
        return None


def _has_no_files(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)


def _files_error() -> BulkError:
    return BulkError(
        "too many files and connections are open",
        hint="Raise the limit ('ulimit -n'), or lower the concurrency; the same command goes on.",
    )


def _cancelled_error(row: Row) -> BulkError:
    return BulkError(
        f"the call for row {row.index} was cancelled, and not by this run",
        hint="The provider, or a library that it uses, has a fault; the same command goes on.",
    )
