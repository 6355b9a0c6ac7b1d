"""``batch report``: what a run came to, for people, for programs, and as a page."""

from __future__ import annotations

import os
from pathlib import Path

import click
from provider_sdk.bulk import BulkReport

from ollama_cli.batch.kept import KeptRun
from ollama_cli.batch.names import STDOUT
from ollama_cli.batch.report_html import report_html
from ollama_cli.batch.report_json import report_fields
from ollama_cli.batch.report_text import report_text
from ollama_cli.batch.sight import Sight
from ollama_cli.terminal.columns import width
from ollama_cli.terminal.out_file import OutFile
from ollama_cli.terminal.output import print_err, write, write_json
from ollama_cli.terminal.visible import visible


def show_report(run: str, html: str | None, output_format: str) -> None:
    """Show what a run came to so far, and write the page if it is wanted.

    Args:
        run: the folder of the run.
        html: where the page goes; ``None`` for no page.
        output_format: the form of the report.

    Raises:
        click.UsageError: there is no such run, or the page cannot be written there.
        BulkError: the run cannot be read.
        OutputError: the report cannot be written.
    """
    kept = KeptRun.open(run)
    page = None if html is None else _page(html, kept)
    report = kept.report()
    if output_format != "text":
        write_json(report_fields(report))
    if page is None and output_format != "text":
        return
    sight = sight_of(kept, report)
    if output_format == "text":
        write(report_text(sight, width()))
    if page is not None:
        page.write(report_html(sight))
        page.complete()
        if output_format == "text":
            print_err(f"Report: {visible(html)}")


def _page(html: str, kept: KeptRun) -> OutFile:
    """Return where the page goes: nothing of the run is replaced by it.

    Raises:
        click.UsageError: it would be, or the page cannot be written there.
    """
    target = Path(os.path.realpath(html))
    if target.is_relative_to(os.path.realpath(kept.path)):
        raise click.UsageError(
            f"{visible(html)} is in the folder of the run; name a file elsewhere"
        )
    if target == Path(os.path.realpath(kept.manifest.input.path)):
        raise click.UsageError(f"{visible(html)} is the input; name another file")
    return OutFile(html, option="--html")


def sight_of(kept: KeptRun, report: BulkReport) -> Sight:
    """Return what a report shows of a run; each of its rows is looked at once."""
    out = kept.asked.out
    sight = Sight(
        report,
        str(kept.path),
        None if out == STDOUT else out,
        kept.manifest.provider,
        kept.manifest.model,
    )
    sight.look_at(kept.run().results())
    return sight
