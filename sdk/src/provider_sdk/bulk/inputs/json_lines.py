"""Reads JSON Lines: one JSON object on a line; blank lines count only as lines."""

from __future__ import annotations

import io

from provider_sdk.bulk.inputs.files import LONGEST_LINE, lines_of
from provider_sdk.bulk.inputs.records import Places, Records
from provider_sdk.bulk.inputs.strict_json import json_record
from provider_sdk.bulk.templates import RowProblem

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


def json_line_records(file: io.BufferedIOBase, places: Places, offset: int = 0) -> Records:
    """Yield the records from an offset on.

    Raises:
        BulkInputError: a line is not a JSON object in UTF-8, or too long; it is named.
    """
    if offset:
        file.seek(offset)
    for number, (start, line) in enumerate(lines_of(file, offset), 1):
        check_length(line, number, places)
        if number == 1 and not offset:
            line = line.removeprefix(BYTE_ORDER_MARK)
        try:
            yield number, start, json_record(line)
            continue
        except RowProblem as error:
            problem = str(error)
        if line.strip(_BLANK):
            raise places.error(number, problem)


def check_length(line: bytes, number: int, places: Places) -> None:
    """Refuse a line that was cut.

    Raises:
        BulkInputError: it is longer than ``LONGEST_LINE``.
    """
    if len(line) > LONGEST_LINE:
        raise places.error(number, f"it is longer than {LONGEST_LINE // 2**20} MiB")
