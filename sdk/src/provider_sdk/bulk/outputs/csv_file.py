"""Writes results as CSV as RFC 4180 has it: a header, commas, quotes where they are needed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import IO

from provider_sdk.bulk.outputs.columns import COLUMNS, values
from provider_sdk.bulk.rows import Result


def write_csv(results: Iterable[Result], file: IO[bytes]) -> int:
    """Write results as CSV in UTF-8, and return how many there were."""
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    # With "\n" alone, Python 3.11 leaves a field with a carriage return without quotes.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for result in results:
        writer.writerow(values(result))
        count += 1
    text.detach()
    return count
