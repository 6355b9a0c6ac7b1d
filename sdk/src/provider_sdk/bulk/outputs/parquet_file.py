"""Writes results as Parquet; pyarrow does the work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

from provider_sdk.bulk.inputs.tables import library
from provider_sdk.bulk.outputs.columns import COLUMNS, values
from provider_sdk.bulk.rows import Result

_ROWS = 10_000
_CHARACTERS = 16 * 2**20


def write_parquet(results: Iterable[Result], file: IO[bytes]) -> int:
    """Write results as Parquet, and return how many there were.

    A row group is written after 10,000 rows, or after 16 Mi characters of text.

    Raises:
        BulkInputError: pyarrow is not installed.
    """
    arrow = library("pyarrow")
    types = {str: arrow.string(), int: arrow.int64(), float: arrow.float64()}
    schema = arrow.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    count = characters = 0
    rows: list[list[Any]] = []
    with library("pyarrow.parquet").ParquetWriter(file, schema, compression="zstd") as writer:
        for result in results:
            rows.append(values(result))
            count += 1
            characters += len(result.text or "") + len(result.reasoning or "")
            if len(rows) == _ROWS or characters > _CHARACTERS:
                _write(writer, arrow, schema, rows)
                characters = 0
        _write(writer, arrow, schema, rows)
    return count


def _write(writer: Any, arrow: Any, schema: Any, rows: list[list[Any]]) -> None:
    if rows:
        columns = list(zip(*rows, strict=True))
        arrays = [arrow.array(columns[n], field.type) for n, field in enumerate(schema)]
        writer.write_batch(arrow.RecordBatch.from_arrays(arrays, schema=schema))
    rows.clear()
