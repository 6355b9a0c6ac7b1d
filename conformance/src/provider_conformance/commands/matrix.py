"""``matrix``: shows the reports of all providers as one table."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from provider_conformance._files import write_files
from provider_conformance._text import clip
from provider_conformance.commands._matrix_table import lines
from provider_conformance.commands._say import say, say_spans
from provider_conformance.commands.run import REPORTS
from provider_conformance.matrix import ProviderMatrix, is_matrix, page, read_columns
from provider_conformance.matrix._column import Column

HELP = "show the reports of all providers as one table"
_STEM = "matrix"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="provider name, report file or folder of reports; by default all providers that this "
        "checkout declares",
    )
    parser.add_argument(
        "--reports",
        type=Path,
        default=REPORTS,
        metavar="DIR",
        help="where the reports are, and the matrix goes",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="where to write it; by default beside the reports",
    )
    parser.add_argument(
        "--allow-sample", action="store_true", help="accept a scaffold's sample protocol"
    )


def main(options: argparse.Namespace) -> int:
    """Print and write the matrix; return 0 if every report is a proof and none is red, else 1.

    No check runs. Reports of providers whose code is here are compared with it.
    """
    folder: Path = options.output or options.reports
    _require_free(folder)
    columns = read_columns(options.sources, options.reports, allow_sample=options.allow_sample)
    matrix = ProviderMatrix(columns, folder)
    for spans in lines(matrix, shutil.get_terminal_size().columns):
        say_spans(spans)
    for column in columns:
        for line in _about(column):
            say(clip(f"{column.provider}: {line}").replace("\n", " "))
    _write(matrix)
    say(f"matrix: {folder / _STEM}.html (.json)")
    return 0 if matrix.is_proof else 1


def _write(matrix: ProviderMatrix) -> None:
    body = json.dumps(matrix.to_dict(), ensure_ascii=False, indent=1) + "\n"
    contents = {"json": body.encode(), "html": page(matrix).encode()}
    try:
        matrix.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"{matrix.folder} cannot be made a folder: {error.strerror}"
    else:
        write_files({matrix.folder / f"{_STEM}.{end}": text for end, text in contents.items()})
        return
    raise ValueError(problem)


def _require_free(folder: Path) -> None:
    """Raise ``ValueError`` if the matrix would replace the reports of a provider of its name."""
    file = folder / f"{_STEM}.json"
    if file.with_suffix(".run.json").exists() and not is_matrix(file):
        raise ValueError(
            f"{file} is a report of a provider; write the matrix to another folder with --output"
        )


def _about(column: Column) -> Iterator[str]:
    run = column.runs["mock"]
    facts = [f"level {column.standing}"]
    if run.report:
        wire = [run.report.wire.line] if run.report.wire else []
        facts += [*wire, f"seed {run.report.seed}", f"run on {run.day}"]
    yield "; ".join(facts)
    yield from column.problems
