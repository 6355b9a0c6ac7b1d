"""What a run shows while it goes on and at its end, by format."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from provider_sdk.bulk import BulkReport, Plan, Progress
from provider_sdk.bulk.outputs import OutputFormat, result_line

from ollama_cli.batch.following import Following
from ollama_cli.batch.names import STDOUT, next_command
from ollama_cli.batch.progress import ProgressView
from ollama_cli.batch.report_json import report_fields, row_error_fields
from ollama_cli.batch.wording import duration, money, rows
from ollama_cli.terminal.escapes import values_without_escapes
from ollama_cli.terminal.output import print_err_json, write, write_json


class View:
    """Shows a run as text: a bar and the last lines, on standard error.

    Args:
        directory: the run directory.
        out: where the answers go.
        form: how they are written.
    """

    def __init__(self, directory: Path, out: str, form: OutputFormat) -> None:
        self.directory = directory
        self.out = out
        self.last: Progress | None = None
        self._form = form
        self._bar = ProgressView()
        self._following = Following(directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.__exit__(exc_type, exc, traceback)

    def start(self, plan: Plan, who: str) -> None:
        """Show what is about to be asked."""
        if plan.is_resumed:
            ended = plan.rows - plan.left
            told = f"Goes on: {ended:,} of {rows(plan.rows)} have ended already."
            self._bar.say(told)

    def show(self, progress: Progress) -> None:
        """Show how far the run is, and write the answers that are to be streamed.

        Raises:
            OutputError: they cannot be written.
        """
        self.last = progress
        self._bar.show(progress)
        self.follow(past_gaps=False)

    def finish(self, report: BulkReport) -> None:
        """Show the end of a run whose rows have all ended.

        Raises:
            OutputError: the last answers cannot be written.
        """
        self.follow(past_gaps=True)
        facts = [f"{report.done:,} of {rows(report.rows)} answered"]
        facts += [f"{report.failed:,} failed"] if report.failed else []
        facts += [f"{report.unknown:,} unknown"] if report.unknown else []
        facts += [f"{report.tokens:,} tokens", f"cost {money(report.cost_usd)}"]
        self._bar.say(f"Done: {', '.join(facts)}, {duration(report.duration_s)}.")
        if self.out != STDOUT:
            self._bar.say(f"Answers: {self.out}")
        if report.failed or report.unknown:
            again = next_command("retry", self.directory)
            self._bar.say(f"To ask the rows without an answer again: {again}")

    def follow(self, *, past_gaps: bool) -> None:
        """Write the answers that are to be streamed; see ``Following``."""
        if self.out == STDOUT:
            for result in self._following.ended(past_gaps=past_gaps):
                write(result_line(result, self._form).decode())

    def stopped(self) -> None:
        """Show how far a run came that was stopped, and how it goes on."""
        if self.last is not None:
            self._bar.say(f"Stopped: {self.last.done:,} of {rows(self.last.rows)} answered.")
            self._bar.say(f"To go on: {next_command('resume', self.directory)}")


class JsonView(View):
    """Shows a run as one JSON object on standard output, the report."""

    def start(self, plan: Plan, who: str) -> None:
        """Show nothing."""

    def finish(self, report: BulkReport) -> None:
        """Write the report."""
        write_json(report_fields(report))

    def stopped(self) -> None:
        """Write how far the run came, and how it goes on, to standard error."""
        if self.last is not None:
            print_err_json(self._stopped_fields(self.last))

    def _stopped_fields(self, progress: Progress) -> dict[str, Any]:
        return {
            "type": "stopped",
            "rows": progress.rows,
            "done": progress.done,
            "failed": progress.failed,
            "unknown": progress.unknown,
            "left": progress.left,
            "resume": next_command("resume", self.directory),
        }


class EventsView(JsonView):
    """Shows a run as one JSON object per line and event, on standard output."""

    def __init__(self, directory: Path, out: str, form: OutputFormat) -> None:
        super().__init__(directory, out, form)
        self._next_at = 0.0

    def start(self, plan: Plan, who: str) -> None:
        """Write what is about to be asked."""
        write_json(
            values_without_escapes(
                {
                    "type": "start",
                    "run": str(self.directory),
                    "rows": plan.rows,
                    "left": plan.left,
                    "who": who,
                }
            )
        )

    def show(self, progress: Progress) -> None:
        """Write each second how far the run is, and the rows that have no answer.

        Raises:
            OutputError: they cannot be written.
        """
        super().show(progress)
        if progress.seconds >= self._next_at:
            self._next_at = progress.seconds + _EVERY_S
            write_json({"type": "progress", **progress.to_dict()})

    def follow(self, *, past_gaps: bool) -> None:
        """Write the rows that have no answer."""
        for result in self._following.ended(past_gaps=past_gaps):
            if result.state != "done":
                write_json({"type": "row_failed", **row_error_fields(result)})

    def finish(self, report: BulkReport) -> None:
        """Write the report as the last event."""
        self.follow(past_gaps=True)
        write_json({"type": "finish", **report_fields(report)})

    def stopped(self) -> None:
        """Write how far the run came, and how it goes on."""
        if self.last is not None:
            write_json(self._stopped_fields(self.last))


_EVERY_S = 1.0
_VIEWS: dict[str, type[View]] = {"text": View, "json": JsonView, "stream-json": EventsView}


def make_view(output_format: str, directory: Path, out: str, form: OutputFormat) -> View:
    """Return the view for a format; see ``View``."""
    return _VIEWS[output_format](directory, out, form)
