"""``batch cancel``: stop the process that is at a run."""

from __future__ import annotations

import click

from ollama_cli.batch.kept import KeptRun
from ollama_cli.batch.names import next_command
from ollama_cli.batch.report_json import SCHEMA
from ollama_cli.terminal.escapes import values_without_escapes
from ollama_cli.terminal.output import print_err, write_json
from ollama_cli.terminal.visible import visible


def cancel(run: str, output_format: str) -> None:
    """Ask the process that is at a run to stop; it does within seconds.

    Args:
        run: the folder of the run.
        output_format: the form of what is said about it.

    Raises:
        click.UsageError: there is no such run.
        click.ClickException: no process is at it.
        BulkError: the request cannot be written.
    """
    kept = KeptRun.open(run)
    live = kept.run()
    status = live.status()
    if status.state != "running":
        raise click.ClickException(f"no process is at this run: it is {status.state}")
    live.cancel()
    if output_format == "text":
        print_err(visible(f"Process {status.pid} on {status.host} stops within seconds."))
        print_err(visible(f"To go on later: {next_command('resume', kept.path)}"))
    else:
        told = {"schema": SCHEMA, "run": str(kept.path), "pid": status.pid, "host": status.host}
        write_json(values_without_escapes(told))
