"""Reads Parquet, and Arrow or Feather files, a few rows at a time; pyarrow does the work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs.form import Form
from provider_sdk.bulk.inputs.records import Places, Records, repeated, shortened
from provider_sdk.bulk.inputs.requests import columns_for
from provider_sdk.bulk.inputs.table_values import json_values
from provider_sdk.bulk.templates import RowProblem

_ROWS = 256
_BUFFER = 2**20
# An offset is the number of a row group or record batch, and the number of a row in it.
_ROW_BITS = 32
_FILE_MARK = b"ARROW1"

Batch = tuple[int, int, Any]
"""The number of a row group or record batch, the number of a row in it, and rows from there on."""


class _Reader(Protocol):
    names: list[str]

    def batches(self, columns: list[str], first: int) -> Iterator[Batch]: ...


class Table:
    """An open table.

    Args:
        path: the file.
        form: how to read it, with its format.

    Raises:
        BulkInputError: it is not a table of that format, names a column twice, or lacks one that
            is needed; or pyarrow is not installed.

    Attributes:
        columns: the names of all its columns.
    """

    def __init__(self, path: Path, form: Form) -> None:
        self._path = path
        self._name = "Parquet" if form.format == "parquet" else "Arrow"
        self._errors = _errors()
        with self._mended():
            self._reader: _Reader = _Parquet(path) if form.format == "parquet" else _Arrow(path)
        names = self._reader.names
        self.columns: tuple[str, ...] = tuple(names)
        if (name := repeated(names)) is not None:
            raise BulkInputError(f"{path} names the column {shortened(repr(name))} twice")
        self._needed = _needed(path, form, names)

    def records(self, places: Places, first_row: int, offset: int) -> Records:
        """Yield the records from an offset on.

        Args:
            places: names places.
            first_row: the number of the row at the offset.
            offset: as a record had it; 0 for the first row.

        Raises:
            BulkInputError: the file is broken, or holds what JSON does not have.
        """
        for number, (at, row) in enumerate(self._rows(offset), first_row):
            yield number, at, places.checked(number, json_values, row)

    def _rows(self, offset: int) -> Iterator[tuple[int, dict[str, Any]]]:
        first, skipped = offset >> _ROW_BITS, offset & (2**_ROW_BITS - 1)
        with self._mended():
            for part, start, batch in self._reader.batches(self._needed, first):
                batch.validate(full=True)  # without it, a broken Arrow file ends the process
                begin = max(0, skipped - start) if part == first else 0
                for place in range(begin, batch.num_rows, _ROWS):
                    rows = batch.slice(place, _ROWS).to_pylist()
                    for number, row in enumerate(rows, start + place):
                        yield part << _ROW_BITS | number, row

    @contextmanager
    def _mended(self) -> Iterator[None]:
        try:
            yield
            return
        except self._errors as error:
            problem = shortened(f"{error}".partition("\n")[0])
        raise BulkInputError(f"{self._path} cannot be read as {self._name}: {problem}")


def _needed(path: Path, form: Form, names: list[str]) -> list[str]:
    try:
        return columns_for(form, names)
    except RowProblem as error:
        problem = str(error)
    raise BulkInputError(f"{path}: {shortened(problem)}")


def library(name: str) -> Any:
    """Import pyarrow, or a part of it.

    Raises:
        BulkInputError: it is not installed.
    """
    if find_spec("pyarrow") is None:
        raise BulkInputError(
            "Parquet and Arrow files need pyarrow", hint="Install it, or the extra 'parquet'."
        )
    return import_module(name)


def _errors() -> tuple[type[Exception], ...]:
    arrow = library("pyarrow").lib.ArrowException
    return (arrow, OSError, ValueError, TypeError, LookupError, OverflowError, MemoryError)


class _Parquet:
    def __init__(self, path: Path) -> None:
        self._file = library("pyarrow.parquet").ParquetFile(
            path, buffer_size=_BUFFER, page_checksum_verification=True
        )
        self.names: list[str] = self._file.schema_arrow.names

    def batches(self, columns: list[str], first: int) -> Iterator[Batch]:
        for group in range(first, self._file.num_row_groups):
            start = 0
            for batch in self._file.iter_batches(
                _ROWS, row_groups=[group], columns=columns, use_threads=False
            ):
                yield group, start, batch
                start += batch.num_rows


class _Arrow:
    """A file with an index of its batches, or a stream, as Hugging Face's datasets keep them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        ipc = library("pyarrow.ipc")
        with path.open("rb") as file:
            self._has_index = file.read(len(_FILE_MARK)) == _FILE_MARK
        self._open = ipc.open_file if self._has_index else ipc.open_stream
        self._options = ipc.IpcReadOptions
        with self._file() as file:
            self.names: list[str] = self._open(file).schema.names

    def batches(self, columns: list[str], first: int) -> Iterator[Batch]:
        wanted = [self.names.index(name) for name in columns]
        with self._file() as file:
            options = self._options(included_fields=wanted, use_threads=False)
            reader = self._open(file, options=options)
            if self._has_index:
                for number in range(first, reader.num_record_batches):
                    yield number, 0, reader.get_batch(number)
            else:
                for number, batch in enumerate(reader):
                    if number >= first:
                        yield number, 0, batch

    def _file(self) -> Any:
        return library("pyarrow").OSFile(str(self._path))
