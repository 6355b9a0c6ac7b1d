"""Checks that stored reports are a valid proof of the current code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from provider_conformance._check import Mode
from provider_conformance._harness import Harness
from provider_conformance._version import __version__
from provider_conformance.checks import all_checks
from provider_conformance.contracts import CONTRACT
from provider_conformance.reports._deviations import DeviationError, read_deviations
from provider_conformance.reports._files import body_digest, read_report, report_stem, statuses
from provider_conformance.reports._limits import LimitError, read_limits
from provider_conformance.reports._origin import origin_of
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

Fault = Literal["missing", "unreadable", "partial", "altered", "old", "version", "sample", "broken"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a report is not a proof, whatever its results are.

    Attributes:
        fault: the same in one word, for where there is no room.
    """

    fault: Fault
    text: str


def problems(harness: Harness, source: Path | None, folder: Path, mode: Mode = "mock") -> list[str]:
    """Return why the reports in a folder are not a proof of this provider; empty if they are.

    A report is not a proof if there are doubts about it, or if it is red.
    """
    found = [doubt.text for doubt in doubts(harness, source, folder, mode)]
    try:
        report, _ = read_report(folder / f"{report_stem(harness.name, mode)}.json")
    except ValueError:
        return found
    return [*found, *redness(report)]


def doubts(harness: Harness, source: Path | None, folder: Path, mode: Mode) -> list[Doubt]:
    """Return the doubts about the reports in a folder.

    A report is doubtful if it is missing, partial, altered, older than the code, its data, the
    deviations or what the provider requires, or made by another harness or another version of the
    kit.
    """
    stem = report_stem(harness.name, mode)
    files = (folder / f"{stem}.json", folder / f"{stem}.run.json")
    try:
        (report, body), (run, _) = map(read_report, files)
    except ValueError as error:
        return [unread(files, error)]
    return [
        *file_doubts(report, body, run, mode),
        *_deviation_doubts(harness),
        *_limit_doubts(report, harness),
        *_run_doubts(run, harness, source, mode),
    ]


def unread(files: Iterable[Path], error: ValueError) -> Doubt:
    """Return the doubt about the files of a run, of which one cannot be read."""
    return Doubt("unreadable" if all(map(Path.exists, files)) else "missing", str(error))


def file_doubts(
    report: Mapping[str, Any], body: bytes, run: Mapping[str, Any], mode: Mode
) -> Iterator[Doubt]:
    """Yield what the files of a run show by themselves, without the code that they are about."""
    yield from _result_doubts(report, mode)
    if run.get("report_digest") != body_digest(body):
        yield Doubt("altered", "the report and its .run.json do not belong together")
    if report.get("kit") != __version__:
        was = f"it was made by kit {report.get('kit')}, and this is {__version__}"
        yield Doubt("version", was)
    if report.get("contract") != CONTRACT:
        was = f"it is about contract {report.get('contract')}, and this kit checks {CONTRACT}"
        yield Doubt("version", was)
    if not _is_past(run.get("date")):
        yield Doubt("altered", "its .run.json has no date, or one that is still to come")


def redness(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield how a report is red."""
    try:
        status = statuses(report)
    except ValueError:
        status = {}
    if red := [id for id, word in status.items() if word not in _NOT_RED]:
        count = "1 check is" if len(red) == 1 else f"{len(red)} checks are"
        yield f"{count} red: {', '.join(red[:8])}"
    if report.get("verdict") != "PASS":
        yield f"its verdict is {report.get('verdict')}"


def _run_doubts(
    run: Mapping[str, Any], harness: Harness, source: Path | None, mode: Mode
) -> Iterator[Doubt]:
    try:
        now = origin_of(harness, source, mode)
    except ValueError as error:
        yield Doubt("broken", str(error))
        return
    changes = {**_CHANGES, **(_CHANGES_OF_REPLAY if mode == "replay" else {})}
    yield from (Doubt("old", text) for key, text in changes.items() if run.get(key) != now[key])
    yield from _version_doubts(run.get("versions"), now["versions"])


def _version_doubts(before: object, now: Mapping[str, str]) -> Iterator[Doubt]:
    known = before if isinstance(before, dict) else {}
    for name, version in now.items():
        if known.get(name) != version:
            was = known.get(name, "absent")
            text = f"{name} is {version} now and was {was} in the run; run the checks again"
            yield Doubt("old", text)


def _is_past(text: object) -> bool:
    try:
        then = datetime.fromisoformat(str(text))
    except ValueError:
        return False
    return then.tzinfo is not None and then <= datetime.now(UTC)


def _result_doubts(report: Mapping[str, Any], mode: Mode) -> Iterator[Doubt]:
    try:
        status = statuses(report)
    except ValueError as error:
        yield Doubt("unreadable", str(error))
        return
    if missing := [id for id in sorted(required_ids(mode)) if id not in status]:
        count = f"{len(missing)} checks did not run"
        yield Doubt("partial", f"INCOMPLETE: {count}: {', '.join(missing[:8])}")
    known = all_checks(mode)
    if unknown := [id for id in status if id not in known]:
        text = f"it has checks that are not in the contract: {', '.join(unknown[:8])}"
        yield Doubt("version", text)


def _deviation_doubts(harness: Harness) -> Iterator[Doubt]:
    try:
        read_deviations(harness.deviations, date.today())
    except DeviationError as error:
        yield Doubt("broken", str(error))


def _limit_doubts(report: Mapping[str, Any], harness: Harness) -> Iterator[Doubt]:
    try:
        now = read_limits(harness.limits, harness.wire.traits)
    except LimitError as error:
        yield Doubt("broken", str(error))
        return
    if report.get("limits") != [asdict(limit) for limit in now]:
        yield Doubt("old", f"the limits have changed {_AGAIN}")
