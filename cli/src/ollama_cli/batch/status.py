"""``batch status``: how far a run is, and whether a process is at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from provider_sdk.bulk import Progress, Status

from ollama_cli.batch.kept import KeptRun
from ollama_cli.batch.names import next_command
from ollama_cli.batch.report_json import SCHEMA
from ollama_cli.batch.wording import duration, money, rate
from ollama_cli.terminal.escapes import values_without_escapes
from ollama_cli.terminal.output import write, write_json
from ollama_cli.terminal.pairs import pairs

_MEANINGS = {
    "running": "a process is at it",
    "stopped": "no process is at it, and rows are left",
    "finished": "every row has ended",
}


def show_status(run: str, output_format: str) -> None:
    """Show how far a run is; a run that goes on is not disturbed.

    Args:
        run: the folder of the run.
        output_format: the form of what is shown.

    Raises:
        click.UsageError: there is no such run.
        BulkError: it cannot be read.
        OutputError: it cannot be written.
    """
    kept = KeptRun.open(run)
    status = kept.run().status()
    progress = status.progress or Progress(rows=kept.manifest.input.rows)
    if output_format != "text":
        write_json(values_without_escapes(_fields(kept, status, progress)))
        return
    write(f"{pairs(_facts(kept, status, progress))}\n")


def _fields(kept: KeptRun, status: Status, progress: Progress) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "run": str(kept.path),
        "state": status.state,
        "pid": status.pid,
        "host": status.host,
        **progress.to_dict(),
    }


def _facts(kept: KeptRun, status: Status, progress: Progress) -> Iterator[tuple[str, str]]:
    yield "run", str(kept.path)
    yield "state", f"{status.state}: {_MEANINGS.get(status.state, '')}"
    if status.pid is not None:
        yield "process", f"{status.pid} on {status.host}"
    yield "rows", f"{progress.rows:,}"
    yield "done", f"{progress.done:,}"
    yield "failed", f"{progress.failed:,}"
    if progress.unknown:
        yield "unknown", f"{progress.unknown:,}"
    yield "left", f"{progress.left:,}"
    yield "tokens", f"{progress.tokens:,}"
    yield "cost", money(progress.cost_usd)
    if status.state == "running":
        yield "rows/s", rate(progress.rows_per_s)
        yield "in flight", f"{progress.in_flight:,} of {progress.concurrency:,} at once"
        if progress.seconds_left is not None:
            yield "time left", duration(progress.seconds_left)
    elif progress.left:
        yield "to go on", next_command("resume", kept.path)
    elif progress.failed or progress.unknown:
        yield "to ask the rest again", next_command("retry", kept.path)
