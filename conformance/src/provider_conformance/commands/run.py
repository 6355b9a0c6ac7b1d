"""``run``: try the checks and write the reports."""

from __future__ import annotations

import argparse
from pathlib import Path

from provider_conformance._find import find_harness
from provider_conformance._runner import run
from provider_conformance.reports import table, write_reports

HELP = "try the checks on a provider"
REPORTS = Path("reports/conformance")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="ID", help="ids or their beginnings"
    )
    parser.add_argument("--seed", type=int, help="repeat the run with this seed")
    parser.add_argument("--driver", choices=("auto", "respx", "socket"), default="auto")
    parser.add_argument("--reports", type=Path, default=REPORTS, metavar="DIR")


def main(options: argparse.Namespace) -> int:
    """Return 0 when everything that ran passed, else 1.

    A partial run (``--only``) writes no reports: they would pass for the proof that it is not.
    """
    harness, source = find_harness(options.target)
    report = run(harness, seed=options.seed, only=options.only, driver=options.driver)
    print(table(report))
    if not options.only:
        write_reports(report, harness, source, options.reports)
        print(f"reports: {options.reports / report.provider}.json (.run.json, .html, .xml, .svg)")
    return 1 if report.failed or not report.results else 0
