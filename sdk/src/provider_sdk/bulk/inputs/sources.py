"""Opens an input of any format as a source of records."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from provider_sdk.bulk.inputs.csv_rows import CsvFile
from provider_sdk.bulk.inputs.files import Fingerprint, fingerprint, open_hashed, open_input
from provider_sdk.bulk.inputs.form import Form
from provider_sdk.bulk.inputs.json_lines import json_line_records
from provider_sdk.bulk.inputs.records import Places, Records
from provider_sdk.bulk.inputs.requests import columns_for
from provider_sdk.bulk.inputs.tables import Table


@dataclass(frozen=True, slots=True)
class Source:
    """An open input.

    Attributes:
        places: names places in it.
        records: the records, once; a broken one raises ``BulkInputError``.
        columns: the columns of a table; empty if each row has keys of its own.
        fingerprint: returns the fingerprint of the whole input, once records were read.
    """

    places: Places
    records: Records
    columns: tuple[str, ...]
    fingerprint: Callable[[], Fingerprint]


@contextmanager
def open_source(path: Path, form: Form, first_row: int = 0, offset: int = 0) -> Iterator[Source]:
    """Open an input to read its records from a row on.

    Args:
        path: the input.
        form: how to read it, with its format.
        first_row: the number of the first row to read.
        offset: where that begins; 0 for the first of all.

    Raises:
        BulkInputError: it is not an input of that format, or a table lacks a column.
        OSError: it cannot be read.
    """
    again = partial(fingerprint, path)
    if form.format in ("parquet", "arrow"):
        table, places = Table(path, form), Places("row")
        yield Source(places, table.records(places, first_row, offset), table.columns, again)
    elif offset:
        with open_input(path) as file:
            yield _of_lines(file, form, offset, again)
    else:
        file, hashed = open_hashed(path)
        with file:
            yield _of_lines(file, form, offset, hashed.rest)


def _of_lines(
    file: io.BufferedReader, form: Form, offset: int, fingerprint: Callable[[], Fingerprint]
) -> Source:
    places = Places("line", offset)
    if form.format != "csv":
        return Source(places, json_line_records(file, places, offset), (), fingerprint)
    table = CsvFile(file, places)
    if table.columns:  # else the file is empty
        places.checked(1, columns_for, form, table.columns)
    return Source(places, table.records(offset), table.columns, fingerprint)
