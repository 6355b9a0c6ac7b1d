"""A run over all rows of a file: what ``provider_sdk.bulk`` is made for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from provider_sdk._accounting.prices import Prices
from provider_sdk._base import BaseProvider
from provider_sdk._errors import ProviderError
from provider_sdk._options import checked_options
from provider_sdk.bulk.engines import Engine
from provider_sdk.bulk.engines.local import LocalEngine
from provider_sdk.bulk.errors import BulkInputError, RunBusyError
from provider_sdk.bulk.inputs import Form, Survey, survey
from provider_sdk.bulk.job import Job, OnUnknown
from provider_sdk.bulk.limits import (
    Caps,
    Coordinator,
    Limits,
    RunStoppedError,
    Spent,
    Stop,
    SystemClock,
    check_prices,
)
from provider_sdk.bulk.outputs import OutputFormat, check_output, export
from provider_sdk.bulk.rows import Result, State
from provider_sdk.bulk.running import live
from provider_sdk.bulk.running.desk import RunDesk
from provider_sdk.bulk.running.ending import in_thread, to_its_end
from provider_sdk.bulk.running.opened import Asked, Opened, check_same, manifest_of
from provider_sdk.bulk.running.progress import Meter, Progress
from provider_sdk.bulk.running.report import BulkReport, Tally
from provider_sdk.bulk.store import Journal, Lease, RunDirectory, RunLock, Totals

_TICK_S = 0.2

Told = Callable[[Progress], object]
"""Is told how far a run is, a few times a second and at the end."""


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
        if (provider is None) == (make_provider is None):
            raise BulkInputError("give either `provider` or `make_provider`")
        self._input = Path(input)
        self._out = None if out is None else Path(out)
        beside = self._out or self._input
        self.directory: Path = Path(directory or beside.with_name(f"{beside.name}.run"))
        self._make_provider = make_provider or (lambda: provider)  # type: ignore[return-value]
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
        self._survey: Survey | None = None

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
                sent. ``RunChangedError`` if the run was asked something else, ``RunBusyError`` if
                another process is at it.
            RunStoppedError: a cap is reached, the service asks to wait for too long, or another
                process has asked the run to end.
            JournalError: what was sent or answered could not be written down.
            ProviderError: an error that every row would meet.
        """
        if self._out is not None:
            check_output(self._out, self._input)
        provider = self._make_provider()
        try:
            asked = self._asked(provider)
            check_prices(self._caps, known=self._is_price_known(asked, provider))
        finally:
            if self._closes_provider:
                await to_its_end(provider.aclose())
        lock, opened = await self._open(asked)
        try:
            return await self._run(opened, progress)
        finally:
            lock.release()
