"""The report as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from provider_conformance._check import GROUPS
from provider_conformance.reports._result import Report

_MARKS = {
    "pass": "·",
    "refused": "·",
    "warn": "w",
    "deviates": "d",
    "fail": "F",
    "not-testable": "?",
    "error": "E",
}


def table(report: Report) -> str:
    """Return one line per group, the message of every failure, the limits, and the verdict."""
    parts = (_group_lines(report), _messages(report), _limit_lines(report), _wire_line(report))
    return "\n".join([*(line for part in parts for line in part), _verdict_line(report)])


def _group_lines(report: Report) -> Iterator[str]:
    for group in GROUPS:
        results = [r for r in report.results if r.group == group]
        if results:
            good = sum(result.is_good for result in results)
            marks = "".join(_MARKS[result.status] for result in results)
            yield f"  {group:<8} {good:>3}/{len(results):<3} {marks}"


def _messages(report: Report) -> Iterator[str]:
    for result in report.results:
        if result.message:
            yield f"\n{result.message}"


def _limit_lines(report: Report) -> Iterator[str]:
    for number, limit in enumerate(report.limits):
        yield f"{'' if number else chr(10)}  limit    {limit}"


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
