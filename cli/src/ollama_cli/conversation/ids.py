"""Ids of sessions: the day and the time of their beginning, such as ``261129-dav0k``.

They are in the order of time, the day can be read off, and some characters after the dash are
enough to type. These count from midnight UTC, 388 in a second, in digits that cannot be confused
with each other: there is no i, l, o or u.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_WIDTH = 5
_PER_SECOND = len(_DIGITS) ** _WIDTH // 86_400
_FORM = re.compile(r"[0-9a-z]{1,20}(-[0-9a-z]{1,20}){0,3}")
_SIMILAR = str.maketrans("ilou", "110v")


def new_id(now: datetime, is_taken: Callable[[str], bool]) -> str:
    """Return an id for a session that begins now.

    Args:
        now: the time.
        is_taken: whether a session has this id already; then the next one is tried.
    """
    at = now.astimezone(UTC)
    seconds = at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6
    number = int(seconds * _PER_SECOND)
    while is_taken(found := f"{at:%y%m%d}-{_digits(number)}"):
        number += 1
    return found


def is_id(text: str) -> bool:
    """Whether a session from elsewhere may keep this id."""
    return _FORM.fullmatch(text) is not None


def as_typed(text: str) -> str:
    """Return what somebody typed as the id, or the part of one, that it must be."""
    return text.strip().lower().translate(_SIMILAR)


def _digits(number: int) -> str:
    digits = ""
    while number or len(digits) < _WIDTH:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
