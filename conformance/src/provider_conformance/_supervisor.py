"""A run in child processes: whatever a provider does to one, its results are kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from provider_conformance._check import Check, Mode
from provider_conformance._child import LOAD_LIMIT_S, Child, HangsError, LostError, accepted
from provider_conformance._runner import DriverChoice
from provider_conformance.drivers._clock import REAL_LIMIT_S
from provider_conformance.lab._explain import composed_message, rerun_line
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._guards import ENDED
from provider_conformance.lab._isolation import empty_home
from provider_conformance.lab._subjects import ENDS_PROCESS, HANGS
from provider_conformance.reports._deviations import Deviation, apply_deviations, read_deviations
from provider_conformance.reports._limits import Limit
from provider_conformance.reports._progress import OwnMethods
from provider_conformance.reports._result import Report, Result, Status, proves_wire
from provider_conformance.shapes import WireProof

MOST_LOST = 10
"""Processes that may end before a run gives up; each costs the start of another."""

MOST_HANGS = 3
"""Checks that may hang before a run gives up; each costs up to half a minute."""

_WIRE = "(lost with the process)"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a run needs to know of a harness without importing it."""

    name: str
    target: str
    origin: Mapping[str, Any]
    source: Path | None
    deviations: Path | None
    methods: OwnMethods
    limits: Sequence[Limit]
    capabilities: Sequence[str]


@dataclass(frozen=True, slots=True)
class Order:
    """What to run."""

    target: str
    mode: Mode
    seed: int
    checks: Mapping[str, Check]
    driver: DriverChoice
    budget: int
    model: str | None = None
    watchdog_s: float = REAL_LIMIT_S
    """Real seconds after which the watchdog of a check ends it, if it can."""
    check_limit_s: float = REAL_LIMIT_S + 10
    """Real seconds after which the process of a check is killed."""
    first: bool = False
    """Whether to stop after the first red check."""


def run_in_children(
    order: Order, loaded: Callable[[Loaded], None] = lambda facts: None
) -> tuple[Loaded, Report]:
    """Run checks in child processes and return the report.

    A check that ends or hangs its process fails, and the others run in another process.

    Args:
        loaded: is called once, before the first check runs.

    Raises:
        ValueError: the harness, its cassettes, deviations or limits cannot be loaded.
    """
    start = time.monotonic()
    run = _Run(order, loaded, list(order.checks))
    with empty_home() as home:
        run.run(home)
    assert run.facts is not None
    results = [run.results[id] for id in order.checks if id in run.results]
    taken = time.monotonic() - start
    facts = run.facts
    return facts, Report(
        facts.name,
        order.mode,
        order.seed,
        results,
        taken,
        run.wire,
        facts.limits,
        facts.capabilities,
    )


@dataclass
class _Run:
    order: Order
    loaded: Callable[[Loaded], None]
    left: list[str]
    facts: Loaded | None = None
    wire: WireProof | None = None
    results: dict[str, Result] = field(default_factory=dict)
    lost: int = 0
    hangs: int = 0
    _driver: DriverChoice | None = None
    _calls: int | None = None
    _running: str | None = None
    _last: str | None = None
    _begun_at: float = 0.0
    _deviations: Sequence[Deviation] = ()
    _is_over: bool = False

    def run(self, home: str) -> None:
        """Start children until every check has a result."""
        while self.left:
            try:
                with Child("run", self._arguments(home)) as child:
                    while self._hear(child.next_report(self._limit_s())):
                        pass
            except LostError as error:
                self._go_on_after(error)

    def _arguments(self, home: str) -> Mapping[str, Any]:
        order = self.order
        return {
            "target": order.target,
            "model": order.model,
            "mode": order.mode,
            "seed": order.seed,
            "driver": self._driver or order.driver,
            "ids": self.left,
            "calls": order.budget if self._calls is None else self._calls,
            "home": home,
            # Not again after a lost process: it may have been lost by this.
            "wire": self.facts is None and proves_wire(order.mode, order.checks),
        }

    def _limit_s(self) -> float:
        return LOAD_LIMIT_S if self.facts is None else self.order.check_limit_s

    def _hear(self, report: Mapping[str, Any]) -> bool:
        """Note a report; return whether another one is to come."""
        if "refused" in report and self.results:
            raise LostError(report["refused"])
        accepted(report)
        if "loaded" in report and self.facts is None:
            self._note_facts(report["loaded"])
        if "wire" in report:
            self.wire = WireProof(**report["wire"])
        self._driver = report.get("driver", self._driver)
        if "begun" in report:
            self._running, self._begun_at = report["begun"], time.monotonic()
        if "result" in report:
            self._note_result(Result(**report["result"]), report["calls"])
        return "done" not in report and not self._is_over

    def _note_facts(self, facts: Mapping[str, Any]) -> None:
        deviations = Path(facts["deviations"]) if facts["deviations"] else None
        methods = OwnMethods(**facts["methods"])
        source = Path(facts["source"]) if facts["source"] else None
        limits = [Limit(**limit) for limit in facts["limits"]]
        loaded = Loaded(
            facts["name"],
            facts["target"],
            facts["origin"],
            source,
            deviations,
            methods,
            limits,
            facts["capabilities"],
        )
        # An unusable file is told now, and not after the run.
        self._deviations = read_deviations(deviations, date.today())
        self.loaded(loaded)
        self.facts = loaded

    def _note_result(self, result: Result, calls: int) -> None:
        self._keep(result)
        self._calls, self._running, self._last = calls, None, result.id
        if time.monotonic() - self._begun_at >= self.order.watchdog_s:
            self._note_trouble(hangs=True)

    def _keep(self, result: Result) -> None:
        """Keep the result of a check; stop if only the first failure is asked for and it is one."""
        (final,) = apply_deviations([result], self._deviations)
        self.results[result.id] = final
        self.left = [other for other in self.left if other != result.id]
        if self.order.first and final.is_red:
            self._is_over, self.left = True, []

    def _go_on_after(self, error: LostError) -> None:
        """Fail the check that lost its process."""
        if self.facts is None:
            raise ValueError(f"{self.order.target} cannot be loaded: {error}")
        # Nothing runs while a driver is picked, or after the last check has ended.
        guilty = self._running or (self._last if not self.left else None)
        if guilty is not None:
            self._note_lost(guilty, error)
        elif self._driver is None:
            self._driver = "socket" if self.order.driver == "auto" else self.order.driver
        self._note_trouble(hangs=isinstance(error, HangsError))

    def _note_trouble(self, *, hangs: bool) -> None:
        """Count a check that ended its process or hung, and give up after too many."""
        self.lost += 1
        self.hangs += hangs
        if self.left and (self.lost >= MOST_LOST or self.hangs >= MOST_HANGS):
            self._give_up()

    def _note_lost(self, id: str, error: LostError) -> None:
        if isinstance(error, HangsError):
            failure = Failed("the check", "to come to its end", str(error), HANGS)
        else:
            actual = f"the provider {ENDED}: {error}"
            failure = Failed("the check", "to go on", actual, ENDS_PROCESS)
        self._keep(self._result(id, "fail", failure))
        self._running, self._last = None, id

    def _give_up(self) -> None:
        self._is_over = True
        reason = f"the provider ended or hung its process {self.lost} times; mend that first"
        subject = HANGS if self.hangs == self.lost else ENDS_PROCESS
        for id in self.left:
            failure = Failed("the check", "to be testable", reason, subject)
            self._keep(self._result(id, "not-testable", failure))

    def _result(self, id: str, status: Status, failure: Failed) -> Result:
        assert self.facts is not None
        check, driver = self.order.checks[id], self._driver or "socket"
        name = driver if driver in check.drivers else check.drivers[0]
        again = rerun_line(check, self.facts.target, self.order.seed, name)
        message = composed_message(check, failure, _WIRE, again)
        return Result(id, status, check.severity, check.title, message, name)
