"""One call of a run: from the question whether to send to the last line."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from provider_sdk import Message, ProviderError, ProviderWarning, UsageRow
from provider_sdk.bulk import BulkError, BulkReport, BulkRun, Plan, Progress, RunStoppedError, Share
from provider_sdk.bulk.outputs import OutputFormat

from ollama_cli.batch.confirming import confirm_plan, resolve_doubts
from ollama_cli.batch.how import How
from ollama_cli.batch.spending import budget_left, count_usage
from ollama_cli.batch.stops import told
from ollama_cli.batch.views import View, make_view
from ollama_cli.batch.wording import rows
from ollama_cli.batch.world import World
from ollama_cli.command_line.exit_codes import ROWS_FAILED, exit_code
from ollama_cli.hooks import DeniedByHookError
from ollama_cli.processes import garbage
from ollama_cli.processes.loop import run as run_loop
from ollama_cli.processes.streams import OutputError, ReaderGoneError

MakeRun = Callable[[How, Decimal | None], BulkRun]
"""Makes the run for how it is to go, and what the budgets leave."""


class RowsFailedError(BulkError):
    """The run is finished, and some rows failed; hooks are told of it by this name."""


@dataclass(frozen=True, slots=True)
class Going:
    """One call of a run.

    Attributes:
        world: who answers, and what listens.
        how: how fast and how far it goes.
        make: makes the run.
        directory: the run directory.
        input: the file with the prompts.
        out: where the answers go.
        form: how they are written.
        yes: whether the user has agreed to send.
        retries: whether rows that failed, or were left without an answer, are asked again.
    """

    world: World
    how: How
    make: MakeRun
    directory: Path
    input: str
    out: str
    form: OutputFormat
    yes: bool
    retries: bool = False

    def go(self) -> int:
        """Ask the rows that have no answer, and return the exit code.

        Raises:
            click.ClickException: the user does not want it, or a hook denies it.
            ProviderError: the run cannot begin, or was stopped.
            click.Abort: a signal stopped it.
        """
        plan, how, budget = self.planned()
        confirm_plan(plan, self.who(), yes=self.yes)
        garbage.expect_long_run()
        with warnings.catch_warnings():
            # A warning of each row would be a line of each row.
            warnings.simplefilter("ignore", ProviderWarning)
            return run_loop(self._to_its_end(how, budget, plan))

    def planned(self) -> tuple[Plan, How, Decimal | None]:
        """Return what would be sent and what it may cost; nothing is sent.

        Raises:
            click.UsageError: doubtful rows need an answer at a terminal.
            ProviderError: the input or the run directory cannot be used, or a budget is used up.
        """
        plan = run_loop(self.make(self.how, None).plan())
        if self.retries:
            plan = replace(plan, failed=0, unknown=0)
        how = self.how.with_doubts(resolve_doubts(plan, self.how.on_unknown))
        return plan, how, budget_left(self.world, plan.spent_usd)

    async def _to_its_end(self, how: How, budget: Decimal | None, plan: Plan) -> int:
        hooks, run = self.world.hooks, self.make(how, budget)
        try:
            code = await self._told(run, plan, by_budget=how.is_capped_by(budget))
        except BaseException as error:
            if (denied := await hooks.end(exit_code(error))) is not None:
                self.world.warn(denied)  # the first error decides the exit code
            raise
        if (denied := await hooks.end(code)) is not None:
            raise DeniedByHookError(denied)
        return code

    async def _told(self, run: BulkRun, plan: Plan, *, by_budget: bool) -> int:
        hooks = self.world.hooks
        if plan.left and plan.first is not None:
            await hooks.begin(resumes=plan.is_resumed)
            await hooks.ask(self.in_words(plan), plan.first.messages)
        view = make_view(self.world.output_format, self.directory, self.out, self.form)
        try:
            with view:
                view.start(plan, self.who())
                if self.retries:
                    await run.retry()
                report = await _run_shown(run, view)
        except ProviderError as error:
            stopped = error
        except ReaderGoneError:
            raise  # whoever reads the answers has seen enough
        except BaseException:
            view.stopped()
            raise
        else:
            return await self._finished(report, view, plan)
        finally:
            self._count(run)
        view.stopped()
        await hooks.failed(stopped)
        if isinstance(stopped, RunStoppedError):
            raise told(stopped, by_budget=by_budget)
        raise stopped

    async def _finished(self, report: BulkReport, view: View, plan: Plan) -> int:
        hooks = self.world.hooks
        view.finish(report)
        if plan.left:
            await hooks.answered(_sums(report))
        if missing := report.failed + report.unknown:
            await hooks.failed(
                RowsFailedError(f"{missing:,} of {rows(report.rows)} have no answer")
            )
            return ROWS_FAILED
        return 0

    def _count(self, run: BulkRun) -> None:
        """Count what was used; whatever ended the run, it is paid for."""
        try:
            report = run.report()
        except ProviderError:
            return  # nothing has begun
        count_usage(self.world, self.directory, map(_usage_row, report.shares))

    def in_words(self, plan: Plan) -> str:
        """Return what is asked, as hooks are told: the number of rows, and the first prompt."""
        assert plan.first is not None, "somebody is asked"
        prompt = Message.from_dict(plan.first.messages[-1]).text
        return f"{rows(plan.left)} of {self.input}; the first:\n\n{prompt}"

    def who(self) -> str:
        """Return who would answer, in words."""
        first = next(iter(self.world.names), None)
        if self.world.choice.provider is None:
            return f"the chain of {self.world.choice.task}"
        return " ".join(filter(None, [first, self.world.hooks.model]))


async def _run_shown(run: BulkRun, view: View) -> BulkReport:
    """Run it, and stop it if what it shows cannot be written: nobody would get the answers.

    Raises:
        OutputError: that is so.
        ProviderError: as ``BulkRun.run``.
    """
    task, problems = asyncio.current_task(), list[OutputError]()
    assert task is not None, "a coroutine runs in a task"

    def show(progress: Progress) -> None:
        try:
            view.show(progress)
        except OutputError as error:
            if not problems:
                problems.append(error)
                task.cancel()

    try:
        return await run.run(show)
    except asyncio.CancelledError:
        if not problems:
            raise
    raise problems[0]


def _usage_row(share: Share) -> UsageRow:
    """Return what one model used as a row of the user's usage."""
    return UsageRow(
        provider=share.provider,
        model=share.model,
        source="estimated" if share.source == "estimated" else "reported",
        calls=share.rows,
        prompt_tokens=share.prompt_tokens,
        completion_tokens=share.completion_tokens,
        cost_usd=share.cost_usd,
        unpriced=share.rows if share.cost_usd is None else 0,
    )


def _sums(report: BulkReport) -> dict[str, Any]:
    """Return the sums of a run, as hooks are told of an answer."""
    prompt = sum(share.prompt_tokens for share in report.shares)
    completion = sum(share.completion_tokens for share in report.shares)
    is_reported = all(share.source == "reported" for share in report.shares)
    return {
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "source": "reported" if is_reported else "estimated",
        },
        "cost_usd": None if report.cost_usd is None else float(report.cost_usd),
        "duration_s": round(report.duration_s, 3),
    }
