"""Reads CSV as RFC 4180 has it: a header, commas, and quotes around what holds either.

Python's own reader does not say where a row begins in bytes, takes the rest of the file for one
field after a quote without a partner, and limits fields by a setting of the whole process.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from provider_sdk.bulk.inputs.files import LONGEST_LINE, lines_of
from provider_sdk.bulk.inputs.json_lines import BYTE_ORDER_MARK, check_length
from provider_sdk.bulk.inputs.records import Places, Records, repeated
from provider_sdk.bulk.templates import RowProblem

_MIB = LONGEST_LINE // 2**20


class CsvFile:
    """An open CSV file, whose header is read.

    Args:
        file: the file, at its begin.
        places: names places in it.

    Raises:
        BulkInputError: there is no header, it is broken, or names a column twice.

    Attributes:
        columns: the names in the header.
    """

    def __init__(self, file: io.BufferedIOBase, places: Places) -> None:
        self._file = file
        self._places = places
        self._lines = enumerate(lines_of(file, 0), 1)
        self.columns: tuple[str, ...] = ()
        for number, _, fields in self._rows():
            self.columns = tuple(fields)
            if (name := repeated(fields)) is not None:
                raise places.error(number, f"the header names the column {name!r} twice")
            break

    def records(self, offset: int = 0) -> Records:
        """Yield the records after the header, or from an offset on.

        Raises:
            BulkInputError: a row is broken; its first line is named.
        """
        if offset:
            self._file.seek(offset)
            self._lines = enumerate(lines_of(self._file, offset), 1)
        columns, count = self.columns, len(self.columns)
        for number, start, fields in self._rows():
            if len(fields) != count:
                raise self._places.error(
                    number, f"the number of fields is {len(fields)}, and in the header {count}"
                )
            yield number, start, dict(zip(columns, fields, strict=True))

    def _rows(self) -> Iterator[tuple[int, int, list[str]]]:
        for number, (start, line) in self._lines:
            check_length(line, number, self._places)
            if start == 0:
                line = line.removeprefix(BYTE_ORDER_MARK)
            if line in (b"\n", b"\r\n"):
                continue
            fields = self._places.checked(number, _fields_in, line)
            if fields is None:
                whole = self._whole(number, line)
                fields = self._places.checked(number, _fields_in, whole) or []
            yield number, start, fields

    def _whole(self, number: int, line: bytes) -> bytes:
        """Return a row that goes on over several lines, as far as its quotes are closed."""
        parts, size, quotes = [line], len(line), line.count(b'"')
        for _, (_, more) in self._lines:
            parts.append(more)
            size += len(more)
            quotes += more.count(b'"')
            if size > LONGEST_LINE:
                break
            if quotes % 2 == 0:
                return b"".join(parts)
        else:
            raise self._places.error(number, "a quote opens in this row and is never closed")
        raise self._places.error(
            number, f"a quote opens in this row and is not closed within {_MIB} MiB"
        )


def _fields_in(row: bytes) -> list[str] | None:
    """Return the fields of a row, ``None`` if it ends within quotes.

    Raises:
        RowProblem: it is not UTF-8, holds a NUL, or its quotes stand in wrong places.
    """
    text = _text_of(row)
    if '"' not in text and "\r" not in text:
        return text.split(",")
    fields: list[str] = []
    position = 0
    while True:
        if text.startswith('"', position):
            end = _closing_quote(text, position + 1)
            if end < 0:
                return None
            fields.append(text[position + 1 : end].replace('""', '"'))
            position = end + 1
        else:
            found = text.find(",", position)
            end = found if found >= 0 else len(text)
            fields.append(_checked(text[position:end]))
            position = end
        if position == len(text):
            return fields
        if text[position] != ",":
            raise RowProblem(f"text follows a closing quote at character {position + 1}")
        position += 1


def _closing_quote(text: str, position: int) -> int:
    while (found := text.find('"', position)) >= 0 and text.startswith('"', found + 1):
        position = found + 2
    return found


def _checked(field: str) -> str:
    if '"' in field:
        raise RowProblem(
            "a quote stands within a field that does not begin with one; put the field in quotes, "
            "and write each quote in it twice"
        )
    if "\r" in field:
        raise RowProblem("a carriage return stands alone; end each line with a newline")
    return field


def _text_of(row: bytes) -> str:
    if b"\0" in row:
        raise RowProblem("it holds a NUL byte, which CSV cannot hold")
    try:
        text = row.decode()
    except UnicodeDecodeError as error:
        problem = f"byte {error.start + 1} of the row is not UTF-8"
    else:
        return text.removesuffix("\n").removesuffix("\r")
    raise RowProblem(problem)
