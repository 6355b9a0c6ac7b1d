"""JSON as services really send it."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar, overload

import msgspec

_T = TypeVar("_T")
_TOO_DEEP = "JSON is nested too deeply"
_SURROGATES = re.compile("[\ud800-\udfff]")


@overload
def decode_json(data: bytes) -> Any: ...
@overload
def decode_json(data: bytes, type: type[_T]) -> _T: ...
def decode_json(data: bytes, type: Any = Any) -> Any:
    """Decode JSON, into ``type`` (a ``msgspec.Struct``, for example) where one is given.

    Tokens cut in the middle of a character make servers send broken UTF-8 and lone surrogates;
    each becomes U+FFFD instead of ending the answer. A byte order mark is ignored.

    Raises:
        ValueError: the data is not JSON, or not of that type.
    """
    try:
        return msgspec.json.decode(data, type=type)
    except msgspec.ValidationError as error:
        problem = str(error)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.convert(_lenient(data), type=type)
    except RecursionError:
        problem = _TOO_DEEP
    raise ValueError(problem)


def _lenient(data: bytes) -> Any:
    try:
        return _scrubbed(json.loads(data.lstrip().decode("utf-8-sig", errors="replace")))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    if isinstance(value, dict):
        return {_scrubbed(key): _scrubbed(item) for key, item in value.items()}
    return value
