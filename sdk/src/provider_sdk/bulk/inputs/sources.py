"""Opens an input of any format as a source of records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from provider_sdk.bulk.inputs.files import Fingerprint, fingerprint, open_hashed, open_input
from provider_sdk.bulk.inputs.form import Form
from provider_sdk.bulk.inputs.json_lines import json_line_records
from provider_sdk.bulk.inputs.records import Places, Records


@dataclass(frozen=True, slots=True)
class Source:
    """An open input.

    Attributes:
        places: names places in it.
        records: the records, once; a broken one raises ``BulkInputError``.
        fingerprint: returns the fingerprint of the whole input, once records were read.
        columns: the columns of a table; empty if each row has keys of its own.
    """

    places: Places
    records: Records
    fingerprint: Callable[[], Fingerprint]
    columns: tuple[str, ...] = ()


@contextmanager
def open_source(path: Path, form: Form, offset: int = 0) -> Iterator[Source]:
    """Open an input to read its records from an offset on.

    Args:
        path: the input.
        form: how to read it, with its format.
        offset: where a record begins.

    Raises:
        BulkInputError: it is not an input of that format.
        OSError: it cannot be read.
    """
    places = Places("line", offset)
    if offset:
        with open_input(path) as file:
            yield Source(
                places, json_line_records(file, places, offset), partial(fingerprint, path)
            )
        return
    file, hashed = open_hashed(path)
    with file:
        yield Source(places, json_line_records(file, places), hashed.rest)
