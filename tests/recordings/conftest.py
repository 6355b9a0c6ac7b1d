"""Counting what was compared, and saying what was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from .exchanges import RECORDINGS, Exchange
from .facts import DISPUTED
from .wires import EXCHANGES, IN_SCOPE, out_of_scope

KIND = "exchange"


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[[Exchange], None]:
    """Enter an exchange into the report, with the outcome of its test."""
    return lambda exchange: record_property(KIND, exchange.kind)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report how many exchanges were compared, and name all that were not."""
    write = terminalreporter.write_line
    terminalreporter.section("recordings")
    if not RECORDINGS.is_dir():
        write(f"{RECORDINGS} is absent (RECORDINGS_DIR): only our own exchanges were compared")
    good, bad = _kinds(terminalreporter, "passed"), _kinds(terminalreporter, "failed")
    for kind in sorted(good | bad):
        write(f"{kind}: {good[kind]} as recorded, {bad[kind]} not")
    write(f"compared {good.total() + bad.total()} of {len(IN_SCOPE)} exchanges in scope")
    outside = [(reason, each.id) for each in EXCHANGES if (reason := out_of_scope(each))]
    for reason, count in sorted(Counter(reason for reason, _ in outside).items()):
        write(f"out of scope {count}: {reason}")
    for reason, id in outside:
        if "nobody" in reason:
            write(f"  {id}")
    for id, reason in DISPUTED.items():
        write(f"believed wrong: {id}: {reason}")


def _kinds(reporter: pytest.TerminalReporter, outcome: str) -> Counter[str]:
    return Counter(
        str(value)
        for report in reporter.stats.get(outcome, [])
        for name, value in getattr(report, "user_properties", [])
        if name == KIND
    )
