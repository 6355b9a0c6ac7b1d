"""The report as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from provider_conformance._check import GROUPS
from provider_conformance.reports._causes import Cause, causes
from provider_conformance.reports._result import Report

_T = TypeVar("_T")

MARKS = {
    "pass": "·",
    "refused": "·",
    "warn": "w",
    "deviates": "d",
    "fail": "F",
    "not-testable": "?",
    "error": "E",
}
_MOST_IDS = 6
_MOST_CAUSES = 10


def table(report: Report, *, verbose: bool = False) -> str:
    """Return one line per group, the message of one failure per cause, the limits, and the verdict.

    Args:
        verbose: whether to show the message of every failure instead.
    """
    found = causes(report.results)
    told = _messages(report) if verbose else _examples(found)
    end = [*_limit_lines(report), *_wire_line(report), _verdict_line(report)]
    return "\n".join([*_group_lines(report), *told, *_causes_in_order(found), *end])


def _group_lines(report: Report) -> Iterator[str]:
    for group in GROUPS:
        results = [r for r in report.results if r.group == group]
        if results:
            good = sum(result.is_good for result in results)
            marks = "".join(MARKS[result.status] for result in results)
            yield f"  {group:<8} {good:>3}/{len(results):<3} {marks}"


def _messages(report: Report) -> Iterator[str]:
    for result in report.results:
        if result.message:
            yield f"\n{result.message}"


def _limit_lines(report: Report) -> Iterator[str]:
    for number, limit in enumerate(report.limits):
        yield f"{'' if number else chr(10)}  limit    {limit}"


def _examples(found: Sequence[Cause]) -> Iterator[str]:
    for cause in found:
        yield f"\n{cause.example.message}"
        if cause.others:
            yield _others_line(cause.others)


def _others_line(ids: Sequence[str]) -> str:
    shown = _beginning(ids, _MOST_IDS)
    left = len(ids) - len(shown)
    rest = f" ({left} more: --verbose)" if left else ""
    return f"  also      {', '.join(shown)}{rest}"


def _beginning(items: Sequence[_T], most: int) -> Sequence[_T]:
    """Return the first items, and all if only one were left out: saying so takes as much room."""
    return items if len(items) <= most + 1 else items[:most]


def _causes_in_order(found: Sequence[Cause]) -> Iterator[str]:
    """Yield what to mend first, at the end, where a person looks first."""
    if len(found) < 2 and not any(cause.others for cause in found):
        return
    yield "\nMend the first cause first; others may go with it:"
    shown = _beginning(found, _MOST_CAUSES)
    for number, cause in enumerate(shown, 1):
        yield f"  {number}. {cause.title} ({cause.count})"
    if left := len(found) - len(shown):
        yield f"  … and {left} more"


def _wire_line(report: Report) -> Iterator[str]:
    if report.wire:
        yield f"\n{report.wire.line}"


def _verdict_line(report: Report) -> str:
    counts = ", ".join(f"{count} {status}" for status, count in report.counts().items())
    drivers = " and ".join(sorted({result.driver for result in report.results}))
    return (
        f"\n{report.provider}: {report.verdict}, level {report.standing} "
        f"— {counts or 'nothing ran'} — seed {report.seed}, {drivers or 'no driver'}, "
        f"{report.duration_s:.1f} s"
    )
