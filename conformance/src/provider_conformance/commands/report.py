"""``report``: adds up the reports of all modes to the overall level."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from provider_conformance._find import find_harness
from provider_conformance.commands.run import REPORTS
from provider_conformance.reports import badge, report_stem
from provider_conformance.reports._levels import OverallLevel, overall_level

HELP = "add up the reports of all modes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument("--reports", type=Path, default=REPORTS, metavar="DIR")


def main(options: argparse.Namespace) -> int:
    """Print the overall level and write its badge; return 0 if there is a level, else 1."""
    harness, source = find_harness(options.target)
    try:
        result = overall_level(harness, source, options.reports, datetime.now(UTC))
    except ValueError as error:
        result = OverallLevel("none", (str(error),))
    for line in result.reasons:
        print(line)
    print(f"{harness.name}: {result.level}")
    if options.reports.is_dir():
        file = options.reports / f"{report_stem(harness.name, 'mock')}.svg"
        file.write_text(badge(result.level), encoding="utf-8")
    return 0 if result.level != "none" else 1
