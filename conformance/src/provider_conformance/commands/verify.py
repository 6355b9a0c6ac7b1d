"""``verify``: checks that stored reports are a valid proof of the current code."""

from __future__ import annotations

import argparse
from pathlib import Path

from provider_conformance._find import find_harness
from provider_conformance.commands.run import MODES, REPORTS
from provider_conformance.reports import read_report, report_stem
from provider_conformance.reports._progress import sample_note
from provider_conformance.reports._verify import problems

HELP = "check that the reports of a run prove the current code"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument("--mode", choices=MODES, default="mock")
    parser.add_argument("--reports", type=Path, default=REPORTS, metavar="DIR")


def main(options: argparse.Namespace) -> int:
    """Print what is wrong with the reports; return 0 if they are a proof, else 1."""
    harness, source = find_harness(options.target)
    found = problems(harness, source, options.reports, options.mode)
    for problem in found:
        print(f"{harness.name}: {problem}")
    if not found:
        print(f"{harness.name}: verified, every check of the contract ran and none is red")
        file = options.reports / f"{report_stem(harness.name, options.mode)}.run.json"
        run, _ = read_report(file)
        if note := sample_note(harness.wire, run.get("sample", {}), named_in=file):
            print(f"{harness.name}: {note}")
    return 1 if found else 0
