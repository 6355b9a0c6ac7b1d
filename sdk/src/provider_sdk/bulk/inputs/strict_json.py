"""Reads one line of JSON Lines, strictly and fast."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import msgspec

from provider_sdk._json import MAX_DEPTH, is_too_deep, with_mended_texts
from provider_sdk.bulk.inputs.records import repeated
from provider_sdk.bulk.templates import RowProblem

_SPACED_COLON = re.compile(rb"[ \t\r]:")
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def json_record(line: bytes) -> dict[str, Any]:
    """Return the JSON object on a line.

    The line must be JSON in UTF-8 and hold an object. A key may occur once in an object, and a
    number must be finite. Half of a surrogate pair, which no service accepts, becomes U+FFFD.

    Raises:
        RowProblem: the line is something else; it says what, and at which character.
    """
    if len(line) > 2 * MAX_DEPTH and is_too_deep(line):
        raise RowProblem(f"the JSON is nested more than {MAX_DEPTH} deep")
    try:
        record = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        record = _slowly_decoded(line)
    else:
        # Every key ends in `":`, unless white space stands before the colon. So if there are no
        # more of these than keys that were kept, every key was kept.
        count = line.count(b'":')
        is_unsure = line.count(b":") != count and _SPACED_COLON.search(line)
        if is_unsure or (len(record) != count and _keys_in(record) != count):
            record = _slowly_decoded(line)
    if type(record) is not dict:
        raise RowProblem(f"the line holds {_kind(record)}, not a JSON object")
    return record


def _keys_in(value: dict[str, Any] | list[Any]) -> int:
    items, count = value, 0
    if isinstance(value, dict):
        items, count = list(value.values()), len(value)
    for item in items:
        if type(item) is dict or type(item) is list:
            count += _keys_in(item)
    return count


def _slowly_decoded(line: bytes) -> Any:
    """Decode with Python's own decoder, which knows what is wrong and where."""
    try:
        text = line.decode().rstrip()
        value = json.loads(
            text,
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_whole,
            object_pairs_hook=_without_repeats,
        )
        return with_mended_texts(value)
    except UnicodeDecodeError as error:
        problem = f"byte {error.start + 1} of the line is not UTF-8"
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")
        problem = f"it is not JSON: {what} at character {error.pos + 1}"
    except ValueError as error:
        problem = str(error)
    raise RowProblem(problem)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON; write null for a value that is missing")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"the number {number[:20]} is beyond all floats")
    return value


def _whole(number: str) -> int:
    _finite(number)  # Python refuses to read whole numbers of thousands of digits
    return int(number)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = repeated(name for name, _ in pairs)
        raise ValueError(f"the key {twice!r} occurs twice in an object")
    return found


def _kind(value: object) -> str:
    names = {list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
