"""Deviations: known failures that are accepted for a reason, with a link, until a date.

An accepted failure turns red by itself when it has expired, no longer occurs, or has another cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from provider_conformance._reading import read_tables
from provider_conformance.checks import all_checks
from provider_conformance.reports._result import Result

LONGEST_PERIOD = timedelta(days=180)
"""A deviation may expire at most this far ahead."""

_KEYS = ("id", "reason", "link", "expires", "because")
_TEXTS = ("id", "reason", "link", "because")
_EXCUSES = ("later", "wip")
_UNFINISHED = re.compile(r"\b(todo|tbd|fixme|xxx)\b", re.IGNORECASE)
_MIN_QUOTE = 3
_LABEL = "expected"


class DeviationError(ValueError):
    """The file of deviations is not valid; the message says where, and what to do."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A check that is known to fail.

    Attributes:
        id: the check.
        reason: why it fails and why that is accepted for now.
        link: where it is followed up.
        expires: the day on which it stops being accepted.
        because: a part of the failure's "expected" line; a failure without it is not accepted.
    """

    id: str
    reason: str
    link: str
    expires: date
    because: str


def read_deviations(file: Path | None, today: date) -> list[Deviation]:
    """Return the deviations in a file, or an empty list without a file.

    Raises:
        DeviationError: the file is missing, or an entry is incomplete, unknown, expired, or lasts
            too long.
    """
    if file is None:
        return []
    try:
        entries, problem = read_tables(file, "deviation"), ""
    except ValueError as error:
        entries, problem = [], str(error)
    if problem:
        raise DeviationError(problem)
    return [_parse_deviation(entry, file.name, today) for entry in entries]


def apply_deviations(results: Iterable[Result], deviations: Sequence[Deviation]) -> list[Result]:
    """Return the results with accepted failures marked, and outdated deviations turned red."""
    by_id = {deviation.id: deviation for deviation in deviations}
    return [
        _with_deviation(by_id[result.id], result) if result.id in by_id else result
        for result in results
    ]


def _with_deviation(deviation: Deviation, result: Result) -> Result:
    if result.is_good:
        problem = f"{result.id} passes now: remove it from the deviations ({deviation.reason})"
        return replace(result, status="fail", message=problem)
    if result.status not in ("fail", "warn"):
        return result
    if deviation.because not in result.expected.removeprefix(f"  {_LABEL}"):
        problem = f"it fails, but not because of {deviation.because!r} as its deviation says"
        return replace(result, status="fail", message=f"{result.message}\n  deviation {problem}")
    note = f"  accepted  {deviation.reason} ({deviation.link}, until {deviation.expires})"
    return replace(result, status="deviates", message=f"{result.message}\n{note}")


def _parse_deviation(entry: Mapping[str, Any], file: str, today: date) -> Deviation:
    id = entry.get("id", "an entry without id")
    if missing := [key for key in _KEYS if not entry.get(key)]:
        raise DeviationError(f"{file}: {id} lacks {', '.join(missing)}")
    if unknown := [key for key in entry if key not in _KEYS]:
        raise DeviationError(f"{file}: {id} has unknown keys: {', '.join(unknown)}")
    if odd := [key for key in _TEXTS if not isinstance(entry[key], str) or not entry[key].strip()]:
        raise DeviationError(f"{file}: {id} needs a text in quotes as {', '.join(odd)}")
    deviation = Deviation(**entry)
    if problem := _problem_of(deviation, today):
        raise DeviationError(f"{file}: {id} {problem}")
    return deviation


def _problem_of(deviation: Deviation, today: date) -> str | None:
    because = deviation.because.strip().rstrip(":")
    first_word = deviation.reason.split()[0].strip(":.,").lower()
    if deviation.id not in all_checks():
        return "is not a check; remove it"
    unfinished = first_word in _EXCUSES or _UNFINISHED.search(deviation.reason)
    if unfinished or len(deviation.reason.split()) < 3:
        return f"has no reason: {deviation.reason!r} explains nothing"
    if len(because) < _MIN_QUOTE or because in _LABEL:
        return (
            f"has because = {deviation.because!r}, which fits any failure; quote what is expected"
        )
    if not deviation.link.startswith(("https://", "http://")):
        return "needs a link (https://…) to where it is followed up"
    if type(deviation.expires) is not date:
        return "needs expires = YYYY-MM-DD, without quotes"
    if deviation.expires < today:
        return f"expired on {deviation.expires}; fix the provider, or decide again"
    if deviation.expires > today + LONGEST_PERIOD:
        return f"expires in more than {LONGEST_PERIOD.days} days; choose an earlier day"
    return None
