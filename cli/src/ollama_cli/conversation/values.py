"""Values that are stored and read again, and are checked before they are used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


class RecordError(ValueError):
    """What was stored or imported is not a record of a session."""


def to_text(value: Any) -> str:
    """Return JSON on one line, from which ``from_text`` makes exactly the same.

    Raises:
        RecordError: the value cannot be JSON.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text if is_unicode(text) else json.dumps(value, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        problem = str(error)
    raise RecordError(f"it cannot be written as JSON: {problem}")


def from_text(text: str) -> dict[str, Any]:
    """Return the JSON object.

    Raises:
        RecordError: it is something else.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = str(error)
    else:
        if isinstance(found, dict):
            return found
        problem = "it is not a JSON object"
    raise RecordError(problem)


def is_unicode(text: str) -> bool:
    """Whether it has no half of a surrogate pair, which a file could not hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def required(data: Mapping[str, Any], name: str, *kinds: type) -> Any:
    """Return the value of a key.

    Raises:
        RecordError: it is missing or of another type.
    """
    value = data.get(name)
    if name not in data or type(value) not in kinds:
        raise RecordError(f"{name!r} is missing or has a wrong type")
    return value


def count(value: object) -> int:
    """Return the value, which is a count that fits into a file.

    Raises:
        RecordError: it is something else.
    """
    if type(value) is int and 0 <= value < 1 << 62:
        return value
    raise RecordError("a count is not a whole number from 0 on")


def local_time(at: datetime) -> str:
    """Return a time as people write it, in their own time zone."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def time_text(at: datetime) -> str:
    """Return a time in UTC, so that texts are in the order of times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def time_of(text: str) -> datetime:
    """Return the time, in UTC.

    Raises:
        RecordError: the text is no time.
    """
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        problem = f"{text[:40]!r} is not a time"
    raise RecordError(problem)
