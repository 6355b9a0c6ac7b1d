"""JSON that every parser accepts, whatever a service or model sent."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

_DEEPEST = 100
_LONGEST_INTEGER = 10**4000
"""Python refuses to write integers that are a little longer."""


def to_json(value: Any) -> str:
    """Return the value as one line of ASCII.

    What JSON cannot express is replaced: NaN, infinities, integers of thousands of digits and
    values nested hundreds of levels deep by null, half a surrogate pair by U+FFFD.
    """
    return json.dumps(_plain(value, _DEEPEST), allow_nan=False)


def shown_number(value: float) -> float | None:
    """Return the number if it can be shown: it is finite and not thousands of digits long."""
    if isinstance(value, int):
        return int(value) if abs(value) < _LONGEST_INTEGER else None
    return float(value) if math.isfinite(value) else None


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if value.isascii() else _whole_characters(value)
    if isinstance(value, int | float):
        return shown_number(value)
    if depth == 0:
        return None
    if isinstance(value, Mapping):
        return {str(_plain(k, 0)): _plain(item, depth - 1) for k, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, depth - 1) for item in value]
    return _whole_characters(str(value))


def _whole_characters(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
