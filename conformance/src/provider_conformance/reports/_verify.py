"""Checks that stored reports are a valid proof of the current code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from provider_conformance._check import Mode
from provider_conformance._harness import Harness
from provider_conformance._version import __version__
from provider_conformance.checks import all_checks
from provider_conformance.reports import origin_of, read_report, report_stem, statuses
from provider_conformance.reports._deviations import DeviationError, read_deviations
from provider_conformance.reports._files import body_digest
from provider_conformance.reports._limits import LimitError, read_limits
from provider_conformance.reports._result import required_ids

_NOT_RED = ("pass", "refused", "warn", "deviates")
_AGAIN = "since the run; run the checks again"
_CHANGES = {
    "code_digest": (
        "the code has changed since the run, or a data file beside it, or this is another harness; "
        "run the checks again"
    ),
    "deviations_digest": f"the deviations have changed {_AGAIN}",
    "shapes_digest": f"the shapes of the service have changed {_AGAIN}",
}
_CHANGES_OF_REPLAY = {"cassettes_digest": f"the cassettes have changed {_AGAIN}"}


def problems(harness: Harness, source: Path | None, folder: Path, mode: Mode = "mock") -> list[str]:
    """Return why the reports in a folder are not a proof of this provider; empty if they are.

    A report is not a proof if it is missing, partial, altered, red, older than the code, its data,
    the deviations or what the provider requires, or made by another harness or another version of
    the kit.
    """
    try:
        report, body = read_report(folder / f"{report_stem(harness.name, mode)}.json")
        run, _ = read_report(folder / f"{report_stem(harness.name, mode)}.run.json")
    except ValueError as error:
        return [str(error)]
    found = [
        *_result_problems(report, mode),
        *_deviation_problems(harness),
        *_limit_problems(report, harness),
        *_run_problems(run, harness, source, mode),
    ]
    if run.get("report_digest") != body_digest(body):
        found.append("the report and its .run.json do not belong together")
    if report.get("kit") != __version__:
        found.append(f"it was made by kit {report.get('kit')}, and this is {__version__}")
    if report.get("verdict") != "PASS":
        found.append(f"its verdict is {report.get('verdict')}")
    return found


def _run_problems(
    run: Mapping[str, Any], harness: Harness, source: Path | None, mode: Mode
) -> Iterator[str]:
    try:
        now = origin_of(harness, source, mode)
    except ValueError as error:
        yield str(error)
        return
    changes = {**_CHANGES, **(_CHANGES_OF_REPLAY if mode == "replay" else {})}
    yield from (problem for key, problem in changes.items() if run.get(key) != now[key])
    yield from _version_problems(run.get("versions"), now["versions"])
    if not _is_past(run.get("date")):
        yield "its .run.json has no date, or one that is still to come"


def _version_problems(before: object, now: Mapping[str, str]) -> Iterator[str]:
    known = before if isinstance(before, dict) else {}
    for name, version in now.items():
        if known.get(name) != version:
            was = known.get(name, "absent")
            yield f"{name} is {version} now and was {was} in the run; run the checks again"


def _is_past(text: object) -> bool:
    try:
        then = datetime.fromisoformat(str(text))
    except ValueError:
        return False
    return then.tzinfo is not None and then <= datetime.now(UTC)


def _result_problems(report: Mapping[str, Any], mode: Mode) -> Iterator[str]:
    try:
        status = statuses(report)
    except ValueError as error:
        yield str(error)
        return
    if missing := [id for id in sorted(required_ids(mode)) if id not in status]:
        yield f"INCOMPLETE: {len(missing)} checks did not run: {', '.join(missing[:8])}"
    if unknown := [id for id in status if id not in all_checks(mode)]:
        yield f"it has checks that are not in the contract: {', '.join(unknown[:8])}"
    if red := [id for id, word in status.items() if word not in _NOT_RED]:
        count = "1 check is" if len(red) == 1 else f"{len(red)} checks are"
        yield f"{count} red: {', '.join(red[:8])}"


def _deviation_problems(harness: Harness) -> Iterator[str]:
    try:
        read_deviations(harness.deviations, date.today())
    except DeviationError as error:
        yield str(error)


def _limit_problems(report: Mapping[str, Any], harness: Harness) -> Iterator[str]:
    try:
        now = read_limits(harness.limits, harness.wire.traits)
    except LimitError as error:
        yield str(error)
        return
    if report.get("limits") != [asdict(limit) for limit in now]:
        yield f"the limits have changed {_AGAIN}"
