"""The overall level: Gold needs a replay run, Platinum also a recent live run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast, get_args

from provider_conformance._check import Mode
from provider_conformance._harness import Harness
from provider_conformance.reports import read_report, report_stem
from provider_conformance.reports._result import Level
from provider_conformance.reports._verify import problems

LIVE_COUNTS = timedelta(days=30)
"""Maximum age of a live run that counts, because services change."""


@dataclass(frozen=True, slots=True)
class OverallLevel:
    """A level, and for each further mode whether it is proved, or why not."""

    level: Level
    reasons: tuple[str, ...]


def overall_level(
    harness: Harness, source: Path | None, folder: Path, now: datetime
) -> OverallLevel:
    """Return the level that the reports in a folder prove together.

    Reports of replay and live runs that are not valid count as missing.

    Raises:
        ValueError: the report of the scripted run is missing or not valid.
    """
    level = _scripted_level(harness, source, folder)
    replay = _missing_proof(harness, source, folder, "replay", now)
    live = _missing_proof(harness, source, folder, "live", now)
    if level == "silver" and not replay:
        level = "platinum" if not live else "gold"
    reasons = {"replay": replay, "live": live}
    return OverallLevel(level, tuple(f"{mode}: {why or 'proved'}" for mode, why in reasons.items()))


def _scripted_level(harness: Harness, source: Path | None, folder: Path) -> Level:
    if found := problems(harness, source, folder):
        raise ValueError(f"the report of {harness.name} proves nothing: {found[0]}")
    report, _ = read_report(folder / f"{report_stem(harness.name, 'mock')}.json")
    level = report.get("level")
    if level not in get_args(Level):
        raise ValueError(f"the report of {harness.name} proves nothing: it has no level")
    return cast("Level", level)


def _missing_proof(
    harness: Harness, source: Path | None, folder: Path, mode: Mode, now: datetime
) -> str | None:
    if found := problems(harness, source, folder, mode):
        return found[0]
    run, _ = read_report(folder / f"{report_stem(harness.name, mode)}.run.json")
    age = now - datetime.fromisoformat(run["date"])
    if mode == "live" and age > LIVE_COUNTS:
        return f"the run is {age.days} days old, and counts for {LIVE_COUNTS.days}"
    return None
