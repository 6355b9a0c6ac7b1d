"""``rules``: prints which checks test which rule of the contract."""

from __future__ import annotations

import argparse

from provider_conformance.commands._say import say
from provider_conformance.contracts import Rule, rules

HELP = "map the rules of the contract to checks"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--format", choices=("text", "markdown"), default="text", help="for a terminal or a page"
    )


def main(options: argparse.Namespace) -> int:
    """Print one line per rule, or one Markdown table per section."""
    say(markdown() if options.format == "markdown" else _text())
    return 0


def _text() -> str:
    return "\n".join(f"{rule.section}: {rule.text}\n    {_tested_by(rule)}" for rule in rules())


def markdown() -> str:
    """Return the rules and their checks as Markdown, one table per section."""
    lines: list[str] = []
    section = ""
    for rule in rules():
        if rule.section != section:
            section = rule.section
            lines += ["", f"## {section}", "", "| Rule | Checks |", "|---|---|"]
        lines.append(f"| {rule.text} | {_tested_by(rule)} |")
    return "\n".join(lines).strip()


def _tested_by(rule: Rule) -> str:
    return ", ".join(rule.ids) or f"none: {rule.excluded}"
