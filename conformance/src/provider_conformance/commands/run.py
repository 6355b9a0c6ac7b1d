"""``run``: runs the checks and writes the reports."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from provider_conformance._check import Mode
from provider_conformance._find import find_harness
from provider_conformance._harness import Harness
from provider_conformance._runner import run
from provider_conformance.commands._arguments import count
from provider_conformance.lab._live import DEFAULT_BUDGET
from provider_conformance.reports import (
    check_readme,
    digests,
    remove_reports,
    report_stem,
    table,
    write_level,
    write_reports,
)
from provider_conformance.reports._levels import overall_level
from provider_conformance.reports._progress import sample_note
from provider_conformance.reports._result import Level

HELP = "run the checks on a provider"
REPORTS = Path("reports/conformance")
MODES: tuple[Mode, ...] = ("mock", "replay", "live")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="ID", help="ids or their beginnings"
    )
    parser.add_argument("--seed", type=int, help="repeat the run with this seed")
    parser.add_argument("--driver", choices=("auto", "respx", "socket"), default="auto")
    parser.add_argument("--mode", choices=MODES, default="mock")
    parser.add_argument("--model", help="the model that a live run asks")
    parser.add_argument(
        "--budget",
        type=count,
        default=DEFAULT_BUDGET,
        metavar="CALLS",
        help="most chats of a live run",
    )
    parser.add_argument("--reports", type=Path, default=REPORTS, metavar="DIR")
    parser.add_argument(
        "--readme",
        type=Path,
        metavar="FILE",
        help="write the level between <!-- conformance --> and <!-- /conformance --> in this file, "
        "whatever it is, and its badge as conformance.svg beside it",
    )


def main(options: argparse.Namespace) -> int:
    """Return 0 if no check that ran is red, else 1.

    A partial run (``--only``) writes no reports, because it is not a proof.
    """
    harness, source = find_harness(options.target)
    if options.mode == "live" and not options.model:
        raise ValueError("a live run asks a real model; name it with --model")
    if options.readme:
        check_readme(options.readme)
    before = digests(harness, source)
    if not options.only:
        remove_reports(harness.name, options.mode, options.reports)
    report = run(
        replace(harness, model=options.model or harness.model),
        options.mode,
        options.seed,
        only=options.only,
        driver=options.driver,
        budget=options.budget,
    )
    print(table(report))
    name = report_stem(report.provider, report.mode)
    named_in = None if options.only else options.reports / f"{name}.run.json"
    red = bool(report.failed)
    if note := sample_note(harness.wire, report.sample, red=red, named_in=named_in):
        print(note)
    if not options.only:
        write_reports(report, before, options.reports)
        print(f"reports: {options.reports / name}.json (.run.json, .html, .xml, .svg)")
        if options.readme:
            level = _level(harness, source, options.reports)
            write_level(options.readme, level, 0 if red else len(report.sample))
    return 1 if report.failed or not report.results else 0


def _level(harness: Harness, source: Path | None, folder: Path) -> Level:
    try:
        return overall_level(harness, source, folder, datetime.now(UTC)).level
    except ValueError:
        return "none"  # reports that are not a proof may not claim a level
