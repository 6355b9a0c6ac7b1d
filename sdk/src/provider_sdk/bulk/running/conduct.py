"""Conducts a run that has begun: its desk, its engine, what is told of it, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from provider_sdk._observing import tell
from provider_sdk.bulk.engines import Engine
from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.job import Job
from provider_sdk.bulk.limits import (
    Caps,
    Coordinator,
    Limits,
    RunStoppedError,
    Spent,
    Stop,
    SystemClock,
)
from provider_sdk.bulk.running import live
from provider_sdk.bulk.running.desk import RunDesk
from provider_sdk.bulk.running.opened import Opened
from provider_sdk.bulk.running.progress import Meter, Progress
from provider_sdk.bulk.running.watching import InputWatch
from provider_sdk.bulk.store import Totals

_TICK_S = 0.2
_WRITE_S = 1.0
_WATCH_S = 1.0

Told = Callable[[Progress], object]
"""Is told how far a run is, a few times a second and at the end.

If it fails, there is a ``RuntimeWarning``, and the run goes on.
"""

_CANCELLED = Stop(
    "cancelled",
    "the run was asked to end",
    "Give the same command again: it goes on with the rows that are left.",
)


class Conductor:
    """Works at the rows of a run that have not ended.

    Args:
        engine: where the workers run.
        opened: the run.
        job: what workers know of it.
        limits: how fast it sends.
        caps: how much it may use.
        totals: the sums of each shard, as earlier processes left them.
        told: is told how far the run is.
        check: raises if another process has taken the run over.
        watch: watches the input.
    """

    def __init__(
        self,
        engine: Engine,
        opened: Opened,
        job: Job,
        limits: Limits,
        caps: Caps,
        totals: list[Totals],
        told: Told | None,
        check: Callable[[], None],
        watch: InputWatch,
    ) -> None:
        before = sum(totals, Totals())
        spent = Spent(
            worker="",
            tokens=before.total_tokens,
            cost=before.cost,
            done=before.done,
            failed=before.failed,
        )
        self._engine = engine
        self._opened = opened
        self._job = job
        self._progress = told
        self._write_at = 0.0
        self._check = check
        self._watch = watch
        self._lost: BulkError | None = None
        self._working: asyncio.Future[None] | None = None
        self._was_asked = False
        self._coordinator = Coordinator(
            limits, caps, SystemClock(), lease=engine.lease_s, before=spent
        )
        self._desk = RunDesk(opened.unfinished(totals), self._coordinator)
        self._meter = Meter(opened.rows, before, self._desk, self._coordinator)

    @property
    def seconds(self) -> float:
        """How long it has taken until now."""
        return self._meter.seconds

    async def run(self) -> None:
        """Work until every row has ended, or the run stops.

        Raises:
            RunStoppedError: a cap is reached, the service asks to wait for too long, or somebody
                has asked the run to end.
            RunChangedError: the input has changed meanwhile.
            ProviderError: the run cannot go on.
        """
        ticking = asyncio.create_task(self._tick())
        watching = asyncio.create_task(self._keep_watching())
        try:
            if not self._desk.is_finished:
                await self._work()
                await self._check_input()
        finally:
            ticking.cancel()
            watching.cancel()
            self._tell()
        if self._lost is not None:
            raise self._lost
        if self._desk.is_empty:
            return
        if self._coordinator.stopped is not None:
            raise RunStoppedError(self._coordinator.stopped)
        raise BulkError(
            "all workers have ended, and rows are left", hint="Give the same command again."
        )

    async def _work(self) -> None:
        """Let the engine work; a request to end cancels it as its caller would."""
        self._working = asyncio.ensure_future(self._engine.run(self._job, self._desk))
        task = asyncio.current_task()
        assert task is not None
        try:
            await self._working
        except asyncio.CancelledError:
            if task.cancelling() or not self._was_asked:
                raise

    async def _tick(self) -> None:
        while True:
            self._tell()
            await asyncio.sleep(_TICK_S)
            self._check_lock()
            if live.is_asked_to_end(self._opened.directory.path):
                self._end()

    async def _keep_watching(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            await self._check_input()

    def _end(self) -> None:
        self._coordinator.stop(_CANCELLED)
        if not self._was_asked:  # a second cancellation would be the end of what is in flight
            assert self._working is not None
            self._was_asked = True
            self._working.cancel()

    def _check_lock(self) -> None:
        # As after a sleep of the machine; two coordinators would spend what is allowed twice.
        try:
            self._check()
        except BulkError as error:
            self._lose(error)

    async def _check_input(self) -> None:
        try:
            await self._watch.check(self._opened.manifest.input)
        except BulkError as error:
            self._lose(error)

    def _lose(self, error: BulkError) -> None:
        self._lost = error
        self._coordinator.stop(Stop("error", error.message, error.hint or ""))

    def _tell(self) -> None:
        progress = self._meter.read()
        if self._progress is not None:
            tell(self._progress, progress)
        if progress.seconds >= self._write_at or not progress.left:
            self._write_at = progress.seconds + _WRITE_S
            live.write_progress(self._opened.directory.path, progress)
