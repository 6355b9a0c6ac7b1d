"""Finds the format of an input by its name and by what it begins with."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs.files import lines_of, open_input
from provider_sdk.bulk.inputs.form import Form, Format
from provider_sdk.bulk.inputs.json_lines import BYTE_ORDER_MARK
from provider_sdk.bulk.inputs.openai_batch import is_batch_line
from provider_sdk.bulk.inputs.strict_json import json_record
from provider_sdk.bulk.templates import RowProblem

_BY_NAME: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
}
_BY_BEGIN: dict[bytes, Format] = {b"PAR1": "parquet", b"ARROW1": "arrow"}
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ", b"PK\x03\x04")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_TEXTS = frozenset({"jsonl", "openai", "csv"})
_NAMES = ", ".join(_BY_NAME)
_HUB = "hf:"


def with_format(path: Path, form: Form) -> Form:
    """Return how to read an input, with its format.

    Raises:
        BulkInputError: the format is not known, or not the one that is said; or a template is to
            be filled with rows in OpenAI's form, which are whole requests.
        OSError: the file cannot be read.
    """
    if str(path).startswith(_HUB):
        raise BulkInputError(
            f"{path} is on the Hugging Face Hub, which is not read from here",
            hint="Download the file first, such as by `hf download`.",
        )
    with open_input(path) as file:
        begin = file.read(8)
        file.seek(0)
        if begin.startswith(_PACKED):
            raise BulkInputError(f"{path} is compressed", hint="Unpack it first.")
        found = form.format or _BY_NAME.get(path.suffix.lower()) or _format_of(path, begin)
        _check_begin(path, found, begin)
        if found == "jsonl" and form.format is None:
            found = _kind_of_lines(file)
    if found == "openai" and form.has_own_prompt:
        raise BulkInputError(
            f"{path} is in OpenAI's batch form: its rows are whole requests, and take no template "
            "and no prompt column"
        )
    return replace(form, format=found)


def _format_of(path: Path, begin: bytes) -> Format:
    for mark, found in _BY_BEGIN.items():
        if begin.startswith(mark):
            return found
    first = begin.removeprefix(BYTE_ORDER_MARK).lstrip()[:1]
    if first == b"{":
        return "jsonl"
    if first == b"[":
        raise BulkInputError(
            f"{path} holds a JSON list", hint="Write one object on each line instead."
        )
    raise BulkInputError(
        f"the format of {path} is not known by its name",
        hint=f"Say the format, or end the name in one of {_NAMES}.",
    )


def _check_begin(path: Path, found: Format, begin: bytes) -> None:
    for mark, table in _BY_BEGIN.items():
        if begin.startswith(mark) and found != table:
            raise BulkInputError(f"{path} is in the format {table}, not {found}")
    if found in _TEXTS and (begin.startswith(_WIDE) or b"\x00" in begin[:2]):
        raise BulkInputError(f"{path} is in UTF-16 or UTF-32", hint="Save it as UTF-8.")


def _kind_of_lines(file: io.BufferedReader) -> Format:
    """Return whether lines of JSON are in OpenAI's batch form, by the first that is not blank."""
    for _, line in lines_of(file, 0):
        line = line.removeprefix(BYTE_ORDER_MARK).strip()
        if line:
            try:
                return "openai" if is_batch_line(json_record(line)) else "jsonl"
            except RowProblem:
                break  # whoever reads the rows says what is wrong with this one
    return "jsonl"
