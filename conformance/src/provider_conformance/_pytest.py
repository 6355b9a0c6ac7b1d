"""The checks as pytest items, and a verdict that notices what did not run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import cast

import pytest

from provider_conformance._harness import Harness
from provider_conformance._runner import pick_driver, run_check
from provider_conformance.checks import all_checks
from provider_conformance.drivers import DriverName
from provider_conformance.lab._isolation import isolated_environment
from provider_conformance.reports._deviations import apply_deviations, read_deviations
from provider_conformance.reports._progress import sample_note

_SEED = 1
_NOT_RED = frozenset({"pass", "refused", "warn", "deviates"})


def conformance(harness: Harness, *, seed: int = _SEED) -> Callable[..., None]:
    """Return a test with one item a check; assign it to a name that begins with ``test_``.

    There is nothing to subclass or override. As soon as one item runs, the session ends red when
    others did not (INCOMPLETE: deselected, or skipped) or when a check failed that a mark
    expected to fail. Where every item is skipped nothing of the kit runs, and a ``conftest.py``
    has the last word on any session: the proof is ``provider-conformance run`` and ``verify``.
    """
    driver: list[DriverName] = []

    @pytest.mark.parametrize("check_id", list(all_checks()))
    def test_conformance(check_id: str, request: pytest.FixtureRequest) -> None:
        """The provider keeps the rule."""
        verdict = _verdict(request.config, harness)
        with isolated_environment():
            driver[:] = driver or [pick_driver(harness, seed)]
            result = run_check(harness, all_checks()[check_id], seed, driver[0])
        deviations = read_deviations(harness.deviations, date.today())
        (result,) = apply_deviations([result], deviations)
        verdict.ran.add(check_id)
        if result.sample:
            verdict.sample[check_id] = result.sample
        if result.status not in _NOT_RED:
            verdict.red.add(check_id)
            pytest.fail(result.message, pytrace=False)

    return test_conformance


class _Verdict:
    """Holds the checks of the contract against those that ran."""

    def __init__(self, harness: Harness) -> None:
        self.name = harness.name
        self.wire = harness.wire
        self.ran: set[str] = set()
        self.red: set[str] = set()
        self.sample: dict[str, Sequence[str]] = {}

    @property
    def missing(self) -> list[str]:
        return [id for id in all_checks() if id not in self.ran]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if (self.missing or self.red) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        total = len(all_checks())
        if self.missing:
            terminalreporter.section(f"conformance of {self.name}: INCOMPLETE", red=True)
            terminalreporter.line(
                f"{len(self.missing)} of {total} checks did not run: {', '.join(self.missing)}"
            )
        else:
            terminalreporter.line(f"conformance of {self.name}: all {total} checks ran")
        if self.red:
            red = ", ".join(sorted(self.red))
            terminalreporter.line(
                f"conformance of {self.name}: {len(self.red)} red: {red}", red=True
            )
        if note := sample_note(self.wire, self.sample, red=bool(self.red)):
            terminalreporter.line(f"conformance of {self.name}: {note}")


def _verdict(config: pytest.Config, harness: Harness) -> _Verdict:
    plugin = f"provider-conformance:{harness.name}"
    found = config.pluginmanager.get_plugin(plugin)
    if found is None:
        found = _Verdict(harness)
        # A worker of pytest-xdist sees a part of the items and cannot judge the whole.
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(found, plugin)
    return cast("_Verdict", found)
