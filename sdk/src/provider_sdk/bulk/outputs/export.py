"""Writes all results to a file, in the order of the input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.outputs.atomic import replacing
from provider_sdk.bulk.outputs.lines import json_line, plain
from provider_sdk.bulk.rows import Result

OutputFormat = Literal["jsonl", "openai", "csv", "parquet"]
"""Formats of outputs: JSON Lines, OpenAI's batch form, CSV and Parquet."""

_PLAIN: dict[str, Callable[[Result], dict[str, Any]]] = {"jsonl": plain}


def result_line(result: Result, format: OutputFormat = "jsonl") -> bytes:
    """Return one result as a line of an output, for whoever writes rows as they finish.

    Raises:
        BulkInputError: results of this format are no lines.
    """
    shape = _PLAIN.get(format)
    if shape is None:
        raise BulkInputError(f"results in the format {format} cannot be written one by one")
    return json_line(shape(result))


def export(results: Iterable[Result], path: Path, format: OutputFormat | None = None) -> int:
    """Write results in the order in which they come, and return how many there were.

    The file appears under its name once it is whole and on disk; until then a file of that name
    stays as it was.

    Args:
        results: the results, in the order of the input; they are read one at a time.
        path: the file to write.
        format: the format; ``None`` to find it by the name, ``jsonl`` if that says nothing.

    Raises:
        BulkInputError: see ``check_output`` and ``output_format``.
        BulkError: the file cannot be written, such as on a full disk.
    """
    shape = _PLAIN[format or "jsonl"]
    count = 0
    with replacing(path) as file:
        for result in results:
            file.write(json_line(shape(result)))
            count += 1
    return count
