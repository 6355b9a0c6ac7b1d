"""Reads JSON as services really send it, and makes strict JSON of it again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Set
from typing import Any, NoReturn, TypeVar, overload

import msgspec

MAX_DEPTH = 200
"""Deepest nesting that is read: more than any answer needs, and safe in every interpreter."""

_T = TypeVar("_T")
_TOO_DEEP = "JSON is nested too deeply"
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STRINGS_AND_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_EMPTY_PAIRS = (b"{}", b"[]")
_QUICK_PASSES = 16
_MAX_DIGITS = 400
_DIGITS_OF_FLOATS = 308
_HALVES = re.compile("[\ud800-\udfff]")
# Bytes that are not UTF-8 on their own, as Python's `surrogateescape` keeps them.
_ESCAPED_BYTES = re.compile("(?<![\ud800-\udbff])[\udc80-\udcff]+")


@overload
def decode_json(data: bytes, *, keep_halves: Set[str] = ...) -> Any: ...
@overload
def decode_json(data: bytes, type: type[_T], *, keep_halves: Set[str] = ...) -> _T: ...
def decode_json(data: bytes, type: Any = Any, *, keep_halves: Set[str] = frozenset()) -> Any:
    """Decode JSON, into ``type`` (a ``msgspec.Struct``, for example) if one is given.

    Servers do not always write strict JSON. Byte order marks are ignored, control characters in
    strings are accepted, and ``NaN`` or a number beyond all floats (``1e400``) becomes a float that
    is not finite instead of an error. Servers that cut a token within a character send broken UTF-8
    and lone surrogates; each becomes U+FFFD.

    Args:
        data: the bytes.
        type: what to decode into.
        keep_halves: names of fields whose text keeps half characters, so that
            ``CharacterJoiner`` can join them with those of the next event.

    Raises:
        ValueError: the data is not JSON, not of that type, or nested more than 200 deep.
    """
    if is_too_deep(data):
        raise ValueError(_TOO_DEEP)
    try:
        return msgspec.json.decode(data, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.convert(_decode_leniently(data, keep_halves), type=type)


def is_too_deep(data: bytes) -> bool:
    """Whether JSON is nested more than ``MAX_DEPTH`` deep; found in linear time."""
    if len(data) <= 2 * MAX_DEPTH or data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return False
    brackets = data.translate(None, _NOT_BRACKETS)
    for _ in range(_QUICK_PASSES):
        # Each pass removes the innermost pairs. Brackets that are left may be part of strings.
        for pair in _EMPTY_PAIRS:
            brackets = brackets.replace(pair, b"")
        if len(brackets) <= MAX_DEPTH:
            return False
    return _deepest(data) > MAX_DEPTH


def _deepest(data: bytes) -> int:
    depth = deepest = 0
    for token in _STRINGS_AND_BRACKETS.finditer(data):
        first = data[token.start()]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif first in b"]}":
            depth -= 1
    return deepest


def json_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object in a text; ``{}`` for blank text, ``None`` for any other.

    ``NaN``, infinities and numbers beyond all floats are not JSON. Control characters in strings,
    which models write, are accepted.
    """
    if not text.strip():
        return {}
    try:
        if is_too_deep(text.encode("utf-8", errors="replace")):
            return None
        value = json.loads(text, strict=False, parse_constant=_refuse, **_FINITE)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def json_safe(value: Any) -> Any:
    """Return decoded JSON with ``None`` for each number that is not finite, or too long."""
    if isinstance(value, dict):
        return {name: json_safe(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and value.bit_length() > 4 * _MAX_DIGITS:
        return None
    return value


def mended(text: str) -> str:
    """Return a text with half characters joined, and U+FFFD for each without its other half."""
    if text.isascii() or not _HALVES.search(text):
        return text
    text = _ESCAPED_BYTES.sub(lambda run: _unescaped(run.group()), text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def with_mended_texts(value: Any) -> Any:
    """Return JSON with each text in it, and each name of a field, ``mended``."""
    return _mend_texts(value, frozenset(), "")


def _unescaped(escaped: str) -> str:
    return escaped.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        _refuse(number)
    return value


def _finite_whole(number: str) -> int:
    if len(number) > _DIGITS_OF_FLOATS:
        _finite(number)
    return int(number)


_FINITE: dict[str, Any] = {"parse_float": _finite, "parse_int": _finite_whole}


def _decode_leniently(data: bytes, keep_halves: Set[str]) -> Any:
    text = data.decode("utf-8", errors="surrogateescape").lstrip("\ufeff \t\r\n")
    return _mend_texts(json.loads(text, strict=False, parse_int=_number_of), keep_halves, "")


def _number_of(number: str) -> int | float:
    # Python refuses to read numbers of thousands of digits, at a limit that users can set.
    return int(number) if len(number) <= _MAX_DIGITS else float(number)


def _mend_texts(value: Any, keep_halves: Set[str], name: str) -> Any:
    if isinstance(value, str):
        return value if name in keep_halves else mended(value)
    if isinstance(value, list):
        return [_mend_texts(item, keep_halves, name) for item in value]
    if isinstance(value, dict):
        return {mended(key): _mend_texts(item, keep_halves, key) for key, item in value.items()}
    return value
