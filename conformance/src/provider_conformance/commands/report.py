"""``report``: adds up the reports of all modes to the overall level."""

from __future__ import annotations

import argparse
from pathlib import Path

from provider_conformance._child import ask
from provider_conformance._text import clip
from provider_conformance.commands._say import say
from provider_conformance.commands.run import REPORTS
from provider_conformance.reports import write_standing
from provider_conformance.reports._standing import Standing

HELP = "add up the reports of all modes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument(
        "--reports", type=Path, default=REPORTS, metavar="DIR", help="where the reports are"
    )


def main(options: argparse.Namespace) -> int:
    """Print the overall level and write its badge and page; return 0 from Bronze up, else 1."""
    found = ask("level", target=options.target, reports=str(options.reports))
    standing = Standing.from_dict(found["standing"])
    for line in found["reasons"]:
        say(clip(line))
    say(f"{found['name']}: {standing}", grey=standing.level == "sample")
    if options.reports.is_dir():
        write_standing(found["name"], standing, options.reports)
    return 0 if standing.level not in ("none", "sample") else 1
