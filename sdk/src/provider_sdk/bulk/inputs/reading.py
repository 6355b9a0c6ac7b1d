"""Reads the rows of one shard."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs.files import reading
from provider_sdk.bulk.inputs.form import Form
from provider_sdk.bulk.inputs.formats import with_format
from provider_sdk.bulk.inputs.requests import build_for, row_of
from provider_sdk.bulk.inputs.sources import open_source
from provider_sdk.bulk.rows import Row
from provider_sdk.bulk.shards import Shard


def read_rows(path: Path, form: Form, shard: Shard) -> Iterator[Row]:
    """Yield the rows of a shard, one at a time.

    Args:
        path: the input.
        form: how to read it: ``Survey.form``.
        shard: which rows; it begins at one of ``Survey.marks``.

    Raises:
        BulkInputError: the input cannot be read, or is not the one that was surveyed.
    """
    number = shard.first_row
    with reading(path):
        if form.format is None:
            form = with_format(path, form)
        build = build_for(form)
        with open_source(path, form, number, shard.offset) as source:
            for place, _, values in islice(source.records, shard.rows):
                yield row_of(source.places.checked(place, build, values), number)
                number += 1
    if number < shard.first_row + shard.rows:
        raise BulkInputError(
            f"{path} ends after {number} rows, and had more when the run began",
            hint="Bring the input back as it was, or start a new run.",
        )
