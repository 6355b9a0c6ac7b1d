"""Writes all results to a file, in the order of the input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any, Literal

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs.tables import library
from provider_sdk.bulk.outputs.atomic import check_target, replacing
from provider_sdk.bulk.outputs.csv_file import write_csv
from provider_sdk.bulk.outputs.lines import json_line, plain
from provider_sdk.bulk.outputs.openai_batch import batch_line
from provider_sdk.bulk.outputs.parquet_file import write_parquet
from provider_sdk.bulk.rows import Result

OutputFormat = Literal["jsonl", "openai", "csv", "parquet"]
"""Formats of outputs: JSON Lines, OpenAI's batch form, CSV and Parquet."""

_SHAPES: dict[str, Callable[[Result], dict[str, Any]]] = {"jsonl": plain, "openai": batch_line}
_TABLES: dict[str, Callable[[Iterable[Result], IO[bytes]], int]] = {
    "csv": write_csv,
    "parquet": write_parquet,
}
_BY_NAME: dict[str, OutputFormat] = {".csv": "csv", ".parquet": "parquet"}
_NOT_WRITTEN = frozenset({".gz", ".bz2", ".xz", ".zst", ".zip", ".arrow", ".feather", ".xlsx"})


def output_format(path: Path) -> OutputFormat:
    """Return the format that a name asks for: CSV, Parquet, and for any other name JSON Lines.

    Raises:
        BulkInputError: the name is of a format that is not written, such as ``.gz``.
    """
    suffix = path.suffix.lower()
    if suffix in _NOT_WRITTEN:
        raise BulkInputError(
            f"results are not written as {suffix}", hint="End the name in .jsonl, .csv or .parquet."
        )
    return _BY_NAME.get(suffix, "jsonl")


def check_output(
    path: Path,
    source: Path | None = None,
    format: OutputFormat | None = None,
    run: Path | None = None,
) -> None:
    """Check that results can be written to a file, before anything is sent.

    Args:
        path: the file.
        source: the input, which must be another file.
        format: the format; ``None`` for that of the name.
        run: the run directory, in which it must not be.

    Raises:
        BulkInputError: it is a folder, a device, the input or in the run directory; its folder does
            not exist or cannot be written to; its format is not written; or pyarrow is needed and
            not installed.
    """
    if (format or output_format(path)) == "parquet":
        library("pyarrow")
    check_target(path, source, run)


def result_line(result: Result, format: OutputFormat = "jsonl") -> bytes:
    """Return one result as a line, for whoever writes rows as they finish.

    Raises:
        BulkInputError: results in this format are not lines.
    """
    if format in _TABLES:
        raise BulkInputError(
            f"rows cannot be written as {format} one by one", hint="Name a file as the output."
        )
    return json_line(_SHAPES[format](result))


def export(results: Iterable[Result], path: Path, format: OutputFormat | None = None) -> int:
    """Write results in the order in which they come, and return how many there were.

    The file appears under its name once it is whole and on disk; until then a file of that name
    stays as it was.

    Args:
        results: the results, in the order of the input; they are read one at a time.
        path: the file to write.
        format: the format; ``None`` for that of the name, see ``output_format``.

    Raises:
        BulkInputError: see ``check_output`` and ``output_format``; or pyarrow is not installed.
        BulkError: the file cannot be written, such as on a full disk.
    """
    chosen = format or output_format(path)
    write = _TABLES.get(chosen)
    with replacing(path) as file:
        return write(results, file) if write else _write_lines(results, file, _SHAPES[chosen])


def _write_lines(
    results: Iterable[Result], file: IO[bytes], shape: Callable[[Result], dict[str, Any]]
) -> int:
    count = 0
    for result in results:
        file.write(json_line(shape(result)))
        count += 1
    return count
