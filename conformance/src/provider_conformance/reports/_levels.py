"""The overall level: Gold needs a replay run, Platinum also a recent live run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from provider_conformance._check import Mode
from provider_conformance._harness import Harness
from provider_conformance.reports._evidence import Evidence, problem_with
from provider_conformance.reports._files import read_report, report_stem
from provider_conformance.reports._standing import Level, Next, Standing
from provider_conformance.reports._verify import problems

LIVE_COUNTS = timedelta(days=30)
"""Maximum age of a live run that counts, because services change."""

_LIVE = Next("platinum", [f"a live run in the last {LIVE_COUNTS.days} days"])


@dataclass(frozen=True, slots=True)
class OverallLevel:
    """A standing, and for each further mode whether it is proved, or why not."""

    standing: Standing
    reasons: tuple[str, ...]

    @property
    def level(self) -> Level:
        """The level."""
        return self.standing.level


def overall_level(
    harness: Harness, source: Path | None, folder: Path, now: datetime
) -> OverallLevel:
    """Return the level that the reports in a folder prove together.

    Reports of replay and live runs that are not valid, or that heard of another service than the
    provider's own, count as missing.

    Raises:
        ValueError: the report of the scripted run is missing or not valid.
    """
    if found := problems(harness, source, folder):
        raise ValueError(f"the report of {harness.name} proves nothing: {found[0]}")
    standing = stored_standing(harness, folder)
    replay = _missing_proof(harness, source, folder, "replay", now)
    live = _missing_proof(harness, source, folder, "live", now)
    if standing.level == "silver" and not replay:
        recorded = (*standing.beside, f"recorded from {_evidence(harness, folder, 'replay')}")
        standing = Standing("gold", _LIVE, recorded)
        if not live:
            asked = (*recorded, f"live with {_evidence(harness, folder, 'live')}")
            standing = Standing("platinum", beside=asked)
    reasons = {"replay": replay, "live": live}
    return OverallLevel(
        standing, tuple(f"{mode}: {why or 'proved'}" for mode, why in reasons.items())
    )


def stored_standing(harness: Harness, folder: Path, mode: Mode = "mock") -> Standing:
    """Return the standing in the report of one run.

    Raises:
        ValueError: it has none.
    """
    report, _ = read_report(folder / f"{report_stem(harness.name, mode)}.json")
    try:
        return Standing.from_report(report)
    except ValueError as error:
        problem = f"the report of {harness.name} proves nothing: {error}"
    raise ValueError(problem)


def _missing_proof(
    harness: Harness, source: Path | None, folder: Path, mode: Mode, now: datetime
) -> str | None:
    if found := problems(harness, source, folder, mode):
        return found[0]
    run = _run_data(harness, folder, mode)
    age = now - datetime.fromisoformat(run["date"])
    if mode == "live" and age > LIVE_COUNTS:
        return f"the run is {age.days} days old, and counts for {LIVE_COUNTS.days}"
    return problem_with(Evidence.from_dict(run.get("service")), harness, now.date())


def _evidence(harness: Harness, folder: Path, mode: Mode) -> Evidence:
    return Evidence.from_dict(_run_data(harness, folder, mode).get("service"))


def _run_data(harness: Harness, folder: Path, mode: Mode) -> Mapping[str, Any]:
    return read_report(folder / f"{report_stem(harness.name, mode)}.run.json")[0]
