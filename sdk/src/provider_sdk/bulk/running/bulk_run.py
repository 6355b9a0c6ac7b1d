"""A run over all rows of a file: what ``provider_sdk.bulk`` is made for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from provider_sdk._accounting.prices import Prices
from provider_sdk._base import BaseProvider
from provider_sdk._errors import ProviderError
from provider_sdk._options import checked_options
from provider_sdk.bulk.engines import Engine
from provider_sdk.bulk.engines.local import LocalEngine
from provider_sdk.bulk.errors import BulkError, BulkInputError, RunBusyError
from provider_sdk.bulk.inputs import Form, Survey, survey
from provider_sdk.bulk.job import Job, OnUnknown
from provider_sdk.bulk.limits import Caps, Limits, check_prices
from provider_sdk.bulk.outputs import OutputFormat, check_output, export
from provider_sdk.bulk.rows import Result, State
from provider_sdk.bulk.running import live
from provider_sdk.bulk.running.conduct import Conductor, Told
from provider_sdk.bulk.running.ending import in_thread, to_its_end
from provider_sdk.bulk.running.locking import locked
from provider_sdk.bulk.running.opened import Asked, Opened, check_same, manifest_of
from provider_sdk.bulk.running.plan import Plan, plan_of
from provider_sdk.bulk.running.pricing import unpriced
from provider_sdk.bulk.running.report import BulkReport, report_of
from provider_sdk.bulk.running.status import Status, status_of
from provider_sdk.bulk.running.watching import InputWatch, stamp
from provider_sdk.bulk.store import Journal, Lease, RunDirectory, RunLock, own_files


class BulkRun:
    """Asks a provider once for each row of a file, and writes the answers in the same order.

    ```python
    run = BulkRun("in.jsonl", out="out.jsonl", provider=provider)
    report = await run.run()
    ```

    What was sent and what was answered is in the run directory before anything else happens. So the
    same call goes on where an earlier one ended, whatever ended it.

    Args:
        input: the file with the rows.
        out: where the answers go once every row has ended; ``None`` to leave them in the directory.
        out_format: the format of ``out``; ``None`` to find it by the name.
        directory: the run directory; by default beside ``out``, else beside the input, with
            ``.run`` after its name.
        provider: who is asked; it is not closed.
        make_provider: makes the provider, for engines that run in several processes: a function
            that can be imported, or a ``functools.partial`` of one.
        provider_name: what the manifest calls the provider; by default its own name.
        model: the model to ask; ``None`` for the provider's default.
        options: chat options for every row.
        form: how rows become requests.
        limit: ask only so many rows, from the first; ``None`` for all.
        limits: how fast the run sends.
        caps: how much it may use.
        on_unknown: what becomes of rows that were in flight at a kill: ``"retry"`` sends them
            again, ``"skip"`` leaves them without an answer, so that nothing is paid twice.
        engine: where the workers run; by default in this process.
        prices: what tokens cost; a mapping is the setting ``prices``.
        max_attempts: how often a row is sent at most, by one process.
        row_timeout: seconds for a row over all its attempts.
        asked: JSON that the manifest keeps and never compares.

    Raises:
        BulkInputError: there is neither a provider nor a way to make one, or both.
        TypeError: an option does not exist.
        ProviderRequestError: an option has the wrong form.
        ValueError: another argument makes no sense.

    Attributes:
        directory: the run directory.
    """

    def __init__(
        self,
        input: Path | str,
        *,
        out: Path | str | None = None,
        out_format: OutputFormat | None = None,
        directory: Path | str | None = None,
        provider: BaseProvider | None = None,
        make_provider: Callable[[], BaseProvider] | None = None,
        provider_name: str | None = None,
        model: str | None = None,
        options: Mapping[str, Any] | None = None,
        form: Form | None = None,
        limit: int | None = None,
        limits: Limits | None = None,
        caps: Caps | None = None,
        on_unknown: OnUnknown = "retry",
        engine: Engine | None = None,
        prices: Prices | Mapping[str, Any] | None = None,
        max_attempts: int = 5,
        row_timeout: float = 600.0,
        asked: Mapping[str, Any] | None = None,
    ) -> None:
        if provider is not None:
            if make_provider is not None:
                raise BulkInputError("give either `provider` or `make_provider`, not both")
            make_provider = partial(_itself, provider)
        elif make_provider is None:
            raise BulkInputError("give `provider`, or `make_provider` for several processes")
        self._input = Path(input)
        self._out = None if out is None else Path(out)
        self._out_format = out_format
        beside = self._out or self._input
        self.directory: Path = Path(directory or beside.with_name(f"{beside.name}.run"))
        self._make_provider = make_provider
        self._closes_provider = provider is None
        self._provider_name = provider_name
        self._model = model
        self._options = dict(checked_options(options or {}))
        form = form or Form()
        self._form = form if limit is None else replace(form, limit=limit)
        self._limits = limits or Limits()
        self._caps = caps or Caps()
        self._on_unknown = on_unknown
        self._engine = engine or LocalEngine()
        self._prices = prices if isinstance(prices, Prices) else Prices(prices)
        self._max_attempts = max_attempts
        self._row_timeout = row_timeout
        self._kept = asked or {}
        self._survey: tuple[object, Survey] | None = None

    @classmethod
    def open(cls, directory: Path | str, **arguments: Any) -> BulkRun:
        """Return the run of a directory; it asks what it asked when it began.

        Args:
            directory: the run directory.
            arguments: as of ``BulkRun``: a provider, or ``make_provider``, and what else differs
                from the manifest, such as ``out``.

        Raises:
            BulkInputError: no run is there, or its directory cannot be used.
            TypeError: as ``BulkRun``, with the other errors.
        """
        opened = Opened.read(Path(directory))
        manifest = opened.manifest
        bound: dict[str, Any] = {
            "form": opened.form,
            "provider_name": manifest.provider,
            "model": manifest.model,
            "options": manifest.options,
            "asked": manifest.asked,
        }
        return cls(manifest.input.path, directory=directory, **{**bound, **arguments})

    # The run.

    async def run(self, progress: Told | None = None) -> BulkReport:
        """Ask all rows that have not ended; return what all came to, once every row has ended.

        The answers are then in ``out``, and the report is in ``report.json`` of the run directory.

        If this is cancelled, no further row is sent; those in flight have a few seconds to be
        answered, until a second cancellation. In any case the journals are closed, and the same
        call goes on.

        Args:
            progress: is told how far the run is.

        Raises:
            BulkInputError: the input, the output or the run directory cannot be used; nothing was
                sent. ``RunChangedError`` if the run was asked something else, or the input changes
                meanwhile; ``RunBusyError`` if another process is at it.
            RunStoppedError: a cap is reached, the service asks to wait for too long, or another
                process has asked the run to end.
            JournalError: what was sent or answered could not be written down.
            ProviderError: an error that every row would meet.
        """
        if self._out is not None:
            check_output(self._out, self._input, self._out_format, self.directory)
        watch = InputWatch(self._input)
        asked = await self._asked()
        if not own_files.is_there(self.directory):
            # A bad input leaves no directory behind.
            await in_thread(partial(self._surveyed, asked.form))
        directory = RunDirectory.create(self.directory)
        async with locked(directory.path) as lock:
            live.forget_request(directory.path)
            return await self._work(await self._begun(directory, asked), progress, lock, watch)

    async def plan(self) -> Plan:
        """Return what ``run`` would do; nothing is sent, and nothing is written.

        Raises:
            BulkInputError: as ``run``.
            ProviderError: the provider cannot be made.
        """
        asked = await self._asked()
        found = await in_thread(partial(self._surveyed, asked.form))
        opened = self._opened_before()
        if opened is not None:
            await in_thread(partial(check_same, opened.manifest, asked, found))
        return await in_thread(partial(plan_of, found, asked, opened, self._prices))

    # What is known of it.

    def results(self) -> Iterator[Result]:
        """Yield the results of all rows that have ended, in the order of the input.

        Raises:
            BulkInputError: the run has not begun.
            JournalError: a journal cannot be read.
        """
        return Opened.read(self.directory).records.results()

    def status(self) -> Status:
        """Return how far the run is, and which process is at it.

        Raises:
            BulkInputError: the directory cannot be read.
            JournalError: a journal cannot be read.
        """
        return status_of(self.directory)

    def report(self) -> BulkReport:
        """Return what the run came to until now; a run that goes on may go on meanwhile.

        Raises:
            BulkInputError: the run has not begun.
            JournalError: a journal cannot be read.
        """
        return report_of(Opened.read(self.directory))

    def export(self, out: Path | str, format: OutputFormat | None = None) -> int:
        """Write the results of all rows that have ended to a file; return how many there are.

        Args:
            out: the file.
            format: its format; ``None`` to find it by the name.

        Raises:
            BulkInputError: the run has not begun, or the output cannot be used.
            JournalError: a journal cannot be read.
        """
        check_output(Path(out), self._input, format, self.directory)
        return export(self.results(), Path(out), format)

    # What can be done to it.

    async def retry(self, states: Iterable[State] = ("failed", "unknown")) -> int:
        """Forget the results of these states, so that ``run`` asks their rows again.

        Returns:
            How many.

        Raises:
            BulkInputError: the run has not begun, or another process is at it.
            JournalError: a journal cannot be written.
        """
        opened = Opened.read(self.directory)
        states = tuple(states)
        count = 0
        async with locked(self.directory):
            for shard in opened.manifest.shards:
                count += await _forget(opened, shard.number, states)
        return count

    def cancel(self) -> None:
        """Ask the process that is at the run to end; it does within seconds.

        Rows in flight have a few seconds to be answered, as if ``run`` were cancelled.

        Raises:
            BulkInputError: the run has not begun.
        """
        live.ask_to_end(RunDirectory.open(self.directory).path)

    # Before the run.

    async def _asked(self) -> Asked:
        """Return what the manifest binds; the provider is made to see that it can be."""
        provider = self._make_provider()
        try:
            model = self._model or provider.default_model or None
            asked = Asked(
                input=self._input,
                form=self._form,
                provider=self._provider_name or provider.name,
                model=model,
                options=self._options,
                asked=self._kept,
            )
            if self._caps.cost_usd is not None:
                found = await in_thread(partial(self._surveyed, asked.form))
                who = {"provider": provider.name, "model": model or ""}
                check_prices(self._caps, unpriced(found, self._prices, **who))
            return asked
        finally:
            if self._closes_provider:
                await to_its_end(provider.aclose())

    def _surveyed(self, form: Form) -> Survey:
        """Return what is known of the input; it is read again only if it has changed."""
        now = stamp(self._input)
        if self._survey is None or self._survey[0] != now:
            self._survey = now, survey(self._input, form)
        return self._survey[1]

    def _opened_before(self) -> Opened | None:
        if not own_files.is_there(self.directory):
            return None
        directory = RunDirectory.create(self.directory)
        manifest = directory.read_manifest()
        return None if manifest is None else Opened(directory, manifest)

    async def _begun(self, directory: RunDirectory, asked: Asked) -> Opened:
        manifest = directory.read_manifest()
        if manifest is None:
            found = await in_thread(partial(self._surveyed, asked.form))
            manifest = manifest_of(asked, found)
            await to_its_end(in_thread(partial(directory.begin, manifest)))
        else:
            await in_thread(partial(check_same, manifest, asked, self._known(asked)))
        return Opened(directory, manifest)

    def _known(self, asked: Asked) -> Survey | None:
        return None if self._survey is None else self._surveyed(asked.form)

    # The run itself.

    async def _work(
        self, opened: Opened, told: Told | None, lock: RunLock, watch: InputWatch
    ) -> BulkReport:
        totals = await in_thread(opened.records.totals)
        conductor = Conductor(
            self._engine,
            opened,
            self._job(opened),
            self._limits,
            self._caps,
            totals,
            told,
            lock.check,
            watch,
        )
        try:
            await conductor.run()
        except (ProviderError, asyncio.CancelledError) as error:
            why = str(error) or "it was interrupted"
            # What stopped the run is what is raised, also if the report cannot be written.
            with suppress(BulkError):
                await to_its_end(in_thread(partial(_reported, opened, conductor.seconds, why)))
            raise
        if self._out is not None:
            results = opened.records.results()
            await in_thread(partial(export, results, self._out, self._out_format))
        return await in_thread(partial(_reported, opened, conductor.seconds))

    def _job(self, opened: Opened) -> Job:
        return Job(
            directory=opened.directory.path.absolute(),
            input=self._input.absolute(),
            form=opened.form,
            shards=opened.manifest.shards,
            make_provider=self._make_provider,
            closes_provider=self._closes_provider,
            model=self._model,
            options=self._options,
            prices=self._prices,
            on_unknown=self._on_unknown,
            max_attempts=self._max_attempts,
            row_timeout=self._row_timeout,
            reserves_tokens=self._limits.tpm is not None or self._caps.tokens is not None,
        )


def _reported(opened: Opened, seconds: float, stopped: str | None = None) -> BulkReport:
    report = report_of(opened, seconds=seconds, stopped=stopped)
    opened.directory.write_report(report.to_dict())
    return report


def _itself(provider: BaseProvider) -> BaseProvider:
    return provider


async def _forget(opened: Opened, shard: int, states: tuple[State, ...]) -> int:
    lease = Lease.take(opened.directory.path, shard)
    if lease is None:
        raise RunBusyError(
            f"another worker is at shard {shard} of this run", hint="Try again in a minute."
        )
    try:
        path = opened.directory.journal_path(shard)
        async with Journal.open(path, fence=lease.fence) as journal:
            return await journal.forget(states)
    finally:
        lease.release()
