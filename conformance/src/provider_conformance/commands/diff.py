"""``diff``: compares the results in two reports."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from provider_conformance.commands._say import say
from provider_conformance.reports import read_report, statuses
from provider_conformance.reports._standing import Standing

HELP = "compare two reports"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("before", type=Path, help="the older <name>.json")
    parser.add_argument("after", type=Path, help="the newer <name>.json")


def main(options: argparse.Namespace) -> int:
    """Print the differences; return 1 if there are any, else 0."""
    before, old = _read(options.before)
    after, new = _read(options.after)
    changes = list(_changes(old, new))
    for change in changes:
        say(change)
    levels = f"{before.get('level')} → {after.get('level')}"
    say(f"level {levels}, {len(changes)} changes{_next_of(after)}")
    return 1 if changes else 0


def _next_of(report: Mapping[str, Any]) -> str:
    with contextlib.suppress(ValueError):
        next = Standing.from_report(report).next
        return f"; {next}" if next else ""
    return ""


def _read(path: Path) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    report, _ = read_report(path)
    try:
        return report, statuses(report)
    except ValueError as error:
        raise ValueError(f"{path} is not a report: {error}") from None


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for id in sorted(old.keys() | new.keys()):
        was, now = old.get(id, "absent"), new.get(id, "absent")
        if was != now:
            yield f"{id:<16} {was} → {now}"
