"""``ollama-cli batch``: ask a model about each row of a file."""

from __future__ import annotations

from typing import Any

import click

from ollama_cli.batch import options
from ollama_cli.batch.group import GroupWithArgument
from ollama_cli.command_line import options as common

_run = click.argument("run", metavar="RUN")
_FORMATTED = (common.output_format, common.verbose)


@click.group(
    "batch",
    cls=GroupWithArgument,
    invoke_without_command=True,
    subcommand_metavar="| COMMAND RUN",
    epilog="RUN is the folder of a run. A file that has the name of a command is written with its "
    "folder: ./status.",
)
@click.argument("input", metavar="INPUT", required=False)
@common.with_options(*options.ASKING)
@click.pass_context
def command(ctx: click.Context, /, input: str | None = None, **given: Any) -> int:
    """Ask a model about each row of a file, and write the answers in the same order.

    INPUT is JSON Lines with a prompt or messages in each line, OpenAI's batch input, or CSV; and
    Parquet or Arrow if pyarrow is installed. The same command again goes on where an earlier one
    ended: what is answered is never asked again.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from ollama_cli.batch.refusing import USAGE_TEXT

    if input is None:
        raise click.UsageError(USAGE_TEXT.format(verbs="|".join(command.commands)))
    from ollama_cli.batch.new import ask  # the SDK's part is imported only now

    return ask(input, given)


@command.command("status")
@_run
@common.with_options(*_FORMATTED)
def status_command(run: str, **given: Any) -> None:
    """Show how far a run is, and whether a process is at it."""
    from ollama_cli.batch.status import show_status

    show_status(run, given["output_format"])


@command.command("resume")
@_run
@common.with_options(*options.AGAIN)
def resume_command(run: str, **given: Any) -> int:
    """Go on with a run: ask the rows that have no answer yet.

    What is asked, of whom, and where the answers go stands in the folder of the run. Addresses and
    credentials do not: they come from your settings as they are now.
    """
    from ollama_cli.batch.again import go_on

    return go_on(run, given, retries=False)


@command.command("retry")
@_run
@common.with_options(*options.AGAIN)
def retry_command(run: str, **given: Any) -> int:
    """Ask the rows that failed once more, and those that were left without an answer."""
    from ollama_cli.batch.again import go_on

    return go_on(run, given, retries=True)


@command.command("cancel")
@_run
@common.with_options(*_FORMATTED)
def cancel_command(run: str, **given: Any) -> None:
    """Stop the process that is at a run; what is in flight is still answered and kept."""
    from ollama_cli.batch.cancelling import cancel

    cancel(run, given["output_format"])


@command.command("export")
@_run
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    help="Where the answers go, in the order of the input; '-' is standard output.",
)
@common.with_options(options.form, *_FORMATTED)
def export_command(run: str, out: str, out_form: str | None, **given: Any) -> None:
    """Write the answers of a run to another file, or in another form.

    Rows that have no answer yet are left out; so it can be called while a run goes on.
    """
    from ollama_cli.batch.exporting import export_run

    export_run(run, out, out_form, given["output_format"])


@command.command("report")
@_run
@click.option("--html", metavar="FILE", help="Write the report as one HTML file, too.")
@common.with_options(*_FORMATTED)
def report_command(run: str, html: str | None, **given: Any) -> None:
    """Show what a run came to: rows, tokens, cost, times, who answered, and what failed."""
    from ollama_cli.batch.reporting import show_report

    show_report(run, html, given["output_format"])
