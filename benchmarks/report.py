"""Formats the results as text."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.contenders import FLOOR, RAW
from benchmarks.results import FIRST_ANSWER, IMPORT, Results
from benchmarks.targets import Verdict, verdicts
from benchmarks.tasks import Cost

_MIB = 1024 * 1024
_MILLISECONDS = (IMPORT, FIRST_ANSWER)


def lines(results: Results, wire: str) -> Iterator[str]:
    """Yield the lines of the report."""
    ratios = f"{'x socket':>10}{'x httpx':>9}"
    yield f"{'':26}{'CPU':>10}{ratios}{'wall':>12}{ratios}"
    for measure in results.costs:
        yield from _of_measure(results, measure)
    yield ""
    yield from _of_starts(results)
    yield ""
    yield from map(_of_verdict, verdicts(results, wire))


def _of_measure(results: Results, measure: str) -> Iterator[str]:
    unit, factor = ("ms", 1e3) if measure in _MILLISECONDS else ("µs", 1e6)
    yield f"{measure} ({unit})"
    for name in results.costs[measure]:
        cost = results.cost(measure, name)
        floor, raw = (results.ratio(measure, name, to) for to in (FLOOR, RAW))
        cpu = f"{cost.cpu * factor:10.1f}{_ratio(floor, 0):>10}{_ratio(raw, 0):>9}"
        wall = f"{cost.wall * factor:12.1f}{_ratio(floor, 1):>10}{_ratio(raw, 1):>9}"
        yield f"  {name:24}{cpu}{wall}"


def _of_starts(results: Results) -> Iterator[str]:
    yield f"{'after the first answer':26}{'peak MiB':>10}{'x httpx':>10}{'modules':>9}"
    for name, starts in results.starts.items():
        peak = results.peak_bytes(name)
        raw = f"{peak / results.peak_bytes(RAW):.2f}" if RAW in results.starts else "-"
        yield f"  {name:24}{peak / _MIB:10.1f}{raw:>10}{starts[0]['modules']:9.0f}"


def _of_verdict(verdict: Verdict) -> str:
    return f"{'kept  ' if verdict.kept else 'MISSED'}  {verdict.promise}: {verdict.figure}"


def _ratio(ratio: Cost | None, part: int) -> str:
    return "-" if ratio is None else f"{ratio[part]:.2f}"
