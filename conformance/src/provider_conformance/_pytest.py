"""Runs the checks as pytest items, and ends the session red if some did not run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

import pytest

from provider_conformance._harness import Harness
from provider_conformance._runner import pick_driver, run_check
from provider_conformance._text import clean
from provider_conformance.checks import all_checks
from provider_conformance.drivers import DriverName
from provider_conformance.lab._isolation import isolated_environment
from provider_conformance.lab._variables import registered_once
from provider_conformance.reports._deviations import apply_deviations, read_deviations
from provider_conformance.reports._progress import sample_note

_SEED = 1
_NOT_RED = frozenset({"pass", "refused", "warn", "deviates"})
_PLUGIN = "provider-conformance"
_PROOF = "_provider_conformance_proof"
# pytest does not load the kit as a plugin. But it evaluates a condition of `skipif` before anything
# else of an item, and passes it the configuration. So this condition, which is never true,
# registers the plugin even if a mark or a fixture then skips the item.
_BEFORE_ALL = f"__import__({__name__!r}, fromlist=['watch']).watch(config) is None"


def conformance(harness: Harness, *, seed: int = _SEED) -> Callable[..., None]:
    """Return a test with one item per check; assign it to a name that begins with ``test_``.

    There is nothing to subclass or override. An item that is skipped, or expected to fail, is red.
    If items are deselected, the session ends red (INCOMPLETE), as long as an item of any harness is
    left. Under pytest-xdist each worker judges its own items, and no line says that all ran. A
    ``conftest.py`` can change any session's result; the proof is ``provider-conformance run`` and
    ``verify``.
    """
    driver: list[DriverName] = []
    proof = _Proof(harness)
    _proofs.append(proof)

    @pytest.mark.skipif(_BEFORE_ALL)
    @pytest.mark.parametrize("check_id", list(all_checks()))
    def test_conformance(check_id: str, request: pytest.FixtureRequest) -> None:
        """The provider keeps the rule."""
        verdict = watch(request.config).verdict(proof)
        with isolated_environment(registered=registered_once()):
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

    # An attribute, because a decorator around the test copies it, as functools.wraps does.
    setattr(test_conformance, _PROOF, proof)
    return test_conformance


def watch(config: pytest.Config) -> Watch:
    """Return the ``Watch`` of this session; the first call registers it as a plugin."""
    found = config.pluginmanager.get_plugin(_PLUGIN)
    if found is None:
        found = Watch(is_worker=hasattr(config, "workerinput"))
        config.pluginmanager.register(found, _PLUGIN)
    return cast("Watch", found)


@dataclass(frozen=True, eq=False)
class _Proof:
    """One call of ``conformance``; two calls are two proofs, even for the same harness."""

    harness: Harness


_proofs: list[_Proof] = []
"""Every proof of this process, whether or not an item of it runs."""


@dataclass
class _Verdict:
    """The checks of one proof that ran, that are red, and that used sample methods.

    Attributes:
        test: the test that runs them, as pytest names it.
    """

    test: str = "deselected"
    ran: set[str] = field(default_factory=set)
    red: set[str] = field(default_factory=set)
    sample: dict[str, Sequence[str]] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        return _missing_from(self.ran)


class Watch:
    """Compares the checks that ran with those of the contract.

    Args:
        is_worker: whether this process is a worker of pytest-xdist. It collects all items and runs
            a part of them, so it knows what was deselected, but not what ran. The main process
            never loads the kit, so a worker can only report red in an item.
    """

    def __init__(self, *, is_worker: bool) -> None:
        self._is_worker = is_worker
        self._verdicts: dict[_Proof, _Verdict] = {}
        self._blamed: dict[_Proof, str] = {}

    def verdict(self, proof: _Proof) -> _Verdict:
        """Return the verdict on a proof."""
        return self._verdicts.setdefault(proof, _Verdict())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Mark a skipped item red, and in a worker also an item of a proof that is incomplete."""
        report = yield
        proof = _proof_of(item)
        if proof is None:
            return report
        self.verdict(proof).test = item.nodeid.partition("[")[0]
        if report.skipped:
            _mark_red(report)
        elif self._is_worker and report.when == "teardown" and report.passed:
            self._require_all(item, report)
        return report

    def _require_all(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Mark one item red if items of a proof are missing; the same one if it runs again."""
        for proof in _proofs:
            if self._blamed.setdefault(proof, item.nodeid) != item.nodeid:
                continue
            mine = [other for other in item.session.items if _proof_of(other) is proof]
            if missing := _missing_from({_check_of(other) for other in mine}):
                report.outcome = "failed"
                report.longrepr = f"{_incomplete(proof)}\n{_did_not_run(missing)}"

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End red if checks did not run, or if pytest counts a red check as passed."""
        for proof in _proofs:
            self.verdict(proof)
        red = any(verdict.missing or verdict.red for verdict in self._verdicts.values())
        if red and not self._is_worker and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print for each proof whether all checks ran."""
        names = [proof.harness.name for proof in self._verdicts]
        for proof, verdict in self._verdicts.items():
            name = clean(proof.harness.name)
            if names.count(proof.harness.name) > 1:
                name += f" ({verdict.test})"
            _summarise(name, proof, verdict, terminalreporter)


def _summarise(
    name: str, proof: _Proof, verdict: _Verdict, reporter: pytest.TerminalReporter
) -> None:
    if verdict.missing:
        reporter.section(f"conformance of {name}: INCOMPLETE", red=True)
        reporter.line(_did_not_run(verdict.missing))
    else:
        reporter.line(f"conformance of {name}: all {len(all_checks())} checks ran")
    if verdict.red:
        red = ", ".join(sorted(verdict.red))
        reporter.line(f"conformance of {name}: {len(verdict.red)} red: {red}", red=True)
    if note := sample_note(proof.harness.wire, verdict.sample, red=bool(verdict.red)):
        reporter.line(f"conformance of {name}: {note}")


def _mark_red(report: pytest.TestReport) -> None:
    report.outcome = "failed"
    # The report of an expected failure already has the kit's text.
    if vars(report).pop("wasxfail", None) is None and isinstance(report.longrepr, tuple):
        report.longrepr = f"the check did not run: {report.longrepr[2]}"


def _proof_of(item: pytest.Item) -> _Proof | None:
    return getattr(getattr(item, "obj", None), _PROOF, None)


def _check_of(item: pytest.Item) -> str:
    return str(cast("pytest.Function", item).callspec.params["check_id"])


def _missing_from(ids: Collection[str]) -> list[str]:
    return [id for id in all_checks() if id not in ids]


def _incomplete(proof: _Proof) -> str:
    return f"conformance of {clean(proof.harness.name)}: INCOMPLETE"


def _did_not_run(missing: Sequence[str]) -> str:
    return f"{len(missing)} of {len(all_checks())} checks did not run: {', '.join(missing)}"
