"""What the matrix says of one provider."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from provider_conformance._check import GROUPS, Mode
from provider_conformance.checks import all_checks
from provider_conformance.matrix._run import Run
from provider_conformance.reports._result import Result, required_ids
from provider_conformance.reports._standing import Standing

CellState = Literal["passed", "warned", "red", "doubtful", "not run"]
AbilityState = Literal["can", "cannot", "broken", "unproved", "doubtful"]

_MODE_OF: Mapping[str, Mode] = {"REPLAY": "replay", "LIVE": "live"}
"""Groups whose checks do not run with a scripted service."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The results of a group of checks.

    Attributes:
        run: the run that they are of; ``None`` if there is none.
        missing: how many checks of the contract did not run.
    """

    group: str
    run: Run | None
    results: Sequence[Result]
    missing: int

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of results by status."""
        return dict(sorted(Counter(result.status for result in self.results).items()))

    @property
    def good(self) -> int:
        """How many checks passed, or proved a refusal."""
        return sum(result.is_good for result in self.results)

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.results) + self.missing

    @property
    def state(self) -> CellState:
        """The worst of what is known."""
        if self.run is None:
            return "not run"
        if self.run.doubts:
            return "doubtful"
        if any(result.is_red for result in self.results):
            return "red"
        return "passed" if self.good == self.total else "warned"


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether a provider can do something, and which checks prove it.

    Attributes:
        declared: whether the provider says so.
        proof: the checks that used it, or had it refused, and passed.
        against: those that did not pass.
    """

    declared: bool
    run: Run
    proof: Sequence[str]
    against: Sequence[str]

    @property
    def place(self) -> str:
        """The id of the check to look at first, empty if no check used the capability."""
        return next(iter((*self.against, *self.proof)), "")

    @property
    def state(self) -> AbilityState:
        """What is proved."""
        if self.run.doubts:
            return "doubtful"
        if self.against:
            return "broken"
        if not self.proof:
            return "unproved"
        return "can" if self.declared else "cannot"


@dataclass(frozen=True, slots=True)
class Column:
    """A provider, and what its runs say.

    Attributes:
        runs: by mode. One with a scripted service is always there, if only to say that it is
            missing.
        standing: the level that all of them prove.
        is_verified: whether the reports were compared with the code that they are about.
    """

    provider: str
    runs: Mapping[Mode, Run]
    standing: Standing
    is_verified: bool

    @property
    def word(self) -> str:
        """What the reports are worth, in one word."""
        if faults := [doubt.fault for run in self.runs.values() for doubt in run.doubts]:
            return faults[0]
        if self.problems:
            return "red"
        return "verified" if self.is_verified else "reported"

    @property
    def problems(self) -> list[str]:
        """Why it does not prove the contract, in sentences."""
        found = [(mode, text) for mode, run in self.runs.items() for text in run.problems]
        return [text if mode == "mock" else f"{mode}: {text}" for mode, text in found]

    @property
    def cells(self) -> list[Cell]:
        """The results of each group."""
        return [self._cell(group) for group in GROUPS]

    def _cell(self, group: str) -> Cell:
        mode = _MODE_OF.get(group, "mock")
        run = self.runs.get(mode)
        results = run.report.results if run and run.report else ()
        ran = [result for result in results if result.group == group]
        missing = _required(mode, group) - {result.id for result in ran}
        return Cell(group, run, ran, len(missing) if run else 0)

    def ability(self, capability: str) -> Ability:
        """Return what is known of a capability."""
        run = self.runs["mock"]
        declared = bool(run.report and capability in run.report.capabilities)
        used = self._results(proving(capability))
        if declared:
            # A check that needs more than this may have been refused because of something else.
            used = [result for result in used if result.status != "refused"]
            proof = [result.id for result in used if result.is_good]
        else:
            proof = [result.id for result in used if result.status == "refused"]
        return Ability(declared, run, proof, [r.id for r in used if r.id not in proof])

    def _results(self, ids: Sequence[str]) -> list[Result]:
        report = self.runs["mock"].report
        return [result for result in report.results if result.id in ids] if report else []


@cache
def proving(capability: str) -> Sequence[str]:
    """Return the ids of the checks that need a capability."""
    return [id for id, check in all_checks().items() if capability in check.needs]


@cache
def _required(mode: Mode, group: str) -> frozenset[str]:
    return frozenset(id for id in required_ids(mode) if id.split("-")[1] == group)
