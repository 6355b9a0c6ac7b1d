"""``explain``: what a check requires, why, how it tests that, and how to fix a provider."""

from __future__ import annotations

import argparse
import textwrap

from provider_conformance._check import Check
from provider_conformance.checks import selected
from provider_conformance.commands._say import say

HELP = "explain checks"
_WIDTH = 88


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("ids", nargs="+", help="ids or their beginnings")


def main(options: argparse.Namespace) -> int:
    """Print one page per check."""
    say("\n\n".join(_page(check) for check in selected(options.ids, mode=None).values()))
    return 0


def _page(check: Check) -> str:
    needs = ", ".join(check.needs)
    other = f"a provider without {needs} must refuse the call" if needs else ""
    facts = {
        "rule": check.rule,
        "why": check.why,
        "how": check.how,
        "fix": check.fix,
        "otherwise": other,
        "since": f"contract {check.since}; observed with {' and '.join(check.drivers)}",
    }
    lines = [_paragraph(name, text) for name, text in facts.items() if text]
    return "\n".join([f"{check.id} ({check.severity}) {check.title}", *lines])


def _paragraph(name: str, text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=f"  {name:<10}", subsequent_indent=" " * 12)
