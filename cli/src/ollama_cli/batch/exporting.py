"""``batch export``: the answers of a run in another file or form."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click
from provider_sdk.bulk.outputs import OutputFormat, result_line

from ollama_cli.batch.kept import KeptRun
from ollama_cli.batch.names import STDOUT
from ollama_cli.batch.report_json import SCHEMA
from ollama_cli.batch.wording import rows
from ollama_cli.terminal.escapes import values_without_escapes
from ollama_cli.terminal.output import print_err, write, write_json
from ollama_cli.terminal.visible import visible


def export_run(run: str, out: str, form: str | None, output_format: str) -> None:
    """Write the rows that have ended, in the order of the input.

    Args:
        run: the folder of the run.
        out: the file, or ``-``.
        form: how they are written; ``None`` to find it by the name.
        output_format: the form of what is said about it.

    Raises:
        click.UsageError: there is no such run, or standard output is asked for two things.
        BulkError: the run cannot be read, or the file not written.
        OutputError: standard output cannot be written.
    """
    kept = KeptRun.open(run)
    wanted = cast("OutputFormat | None", form)
    if out == STDOUT:
        if output_format != "text":
            raise click.UsageError("'--out -' writes the answers, so leave out --format")
        for result in kept.run().results():
            write(result_line(result, wanted or "jsonl").decode())
        return
    count = kept.run().export(Path(out), wanted)
    if output_format == "text":
        print_err(f"Answers: {visible(out)} ({rows(count)} of {kept.manifest.input.rows:,})")
    else:
        told = {"schema": SCHEMA, "run": str(kept.path), "out": out, "rows": count}
        write_json(values_without_escapes(told))
