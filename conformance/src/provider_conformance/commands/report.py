"""``report``: adds up the reports of all modes to the overall level."""

from __future__ import annotations

import argparse
from pathlib import Path

from provider_conformance._child import ask
from provider_conformance._files import write_files
from provider_conformance._text import clip
from provider_conformance.commands._say import say
from provider_conformance.commands.run import REPORTS
from provider_conformance.reports import badge, report_stem

HELP = "add up the reports of all modes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument("--reports", type=Path, default=REPORTS, metavar="DIR")


def main(options: argparse.Namespace) -> int:
    """Print the overall level and write its badge; return 0 if there is a level, else 1."""
    found = ask("level", target=options.target, reports=str(options.reports))
    for line in found["reasons"]:
        say(clip(line))
    say(f"{found['name']}: {found['level']}")
    if options.reports.is_dir():
        file = options.reports / f"{report_stem(found['name'], 'mock')}.svg"
        write_files({file: badge(found["level"]).encode()})
    return 0 if found["level"] != "none" else 1
