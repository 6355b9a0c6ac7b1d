"""``list``: prints the checks."""

from __future__ import annotations

import argparse

from provider_conformance.checks import selected
from provider_conformance.commands._say import say

HELP = "list the checks"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("ids", nargs="*", help="ids or their beginnings")


def main(options: argparse.Namespace) -> int:
    """Print one line per check."""
    for check in selected(options.ids, mode=None).values():
        say(f"{check.id:<16} {check.severity:<7} {check.title}")
    return 0
