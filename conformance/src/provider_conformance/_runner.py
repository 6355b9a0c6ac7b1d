"""Runs checks, each with a new service, provider and event loop, and returns their results."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from provider_sdk import BaseProvider

from provider_conformance._check import Check, Mode
from provider_conformance._harness import Harness
from provider_conformance._service import OwnFault, Service
from provider_conformance._text import clip, repr_of, text_of
from provider_conformance.cassettes import CassetteError, read_cassettes
from provider_conformance.checks import selected
from provider_conformance.drivers import Driver, DriverName, RespxDriver, SocketDriver
from provider_conformance.drivers._clock import REAL_LIMIT_S, StalledError
from provider_conformance.drivers._watchdog import watchdog
from provider_conformance.lab import payload
from provider_conformance.lab._exceptions import KIT as KIT_FOLDER
from provider_conformance.lab._exceptions import exception_line, innermost
from provider_conformance.lab._explain import composed_message, failure_message, rerun_line
from provider_conformance.lab._failed import Failed, NotTestable
from provider_conformance.lab._guards import EndedProcessError, no_exit, noticed_interrupts
from provider_conformance.lab._isolation import CapturedOutput, capture_output, isolated_environment
from provider_conformance.lab._lab import Body, Lab
from provider_conformance.lab._live import DEFAULT_BUDGET, Budget, LiveDriver, LiveLab
from provider_conformance.lab._subjects import (
    CANCELS,
    ENDS_PROCESS,
    HANGS,
    KIT,
    WIRE,
    leak_of,
    unexpected,
)
from provider_conformance.lab.leaks import leak_places
from provider_conformance.lab.refusals import must_refuse
from provider_conformance.reports._deviations import apply_deviations, read_deviations
from provider_conformance.reports._limits import read_limits
from provider_conformance.reports._result import Report, Result, Status, proves_wire
from provider_conformance.shapes import prove_wire
from provider_conformance.wires._checked import WireFaultError
from provider_conformance.wires._sample import record_sample_calls

DriverChoice = Literal["auto", "respx", "socket"]
Told = Callable[..., None]
"""Hears of the progress of a run: ``driver=name``, ``begun=id`` and ``result=Result``."""

_DRIVERS: dict[DriverName, Callable[[Service], Driver]] = {
    "respx": RespxDriver,
    "socket": SocketDriver,
    "live": LiveDriver,
}
# In seconds of the loop's clock, which may run ahead; loop and watchdog limit the real time.
_LOOP_LIMIT_S = 3600.0
_KIT_PARTS = ("_service.py", "lab/payload.py", "_runner.py", "wires", "drivers")


def run(
    harness: Harness,
    mode: Mode = "mock",
    seed: int | None = None,
    *,
    only: Iterable[str] = (),
    driver: DriverChoice = "auto",
    budget: int = DEFAULT_BUDGET,
) -> Report:
    """Run the checks against a provider and return the report.

    Blocks until all have run, each in its own event loop; it may be called where a loop is running
    already. pytest is not needed. Everything happens in this process, so that any class can be
    checked; the command also survives a provider that ends or hangs its process.

    Args:
        harness: the provider and its wire.
        mode: ``"mock"``: a scripted service; ``"replay"``: recorded exchanges; ``"live"``: the
            real service, with the credential that the provider finds and the harness's model.
        seed: the source of all random values; the same seed repeats a run. By default a random
            one, which the report names.
        only: ids of checks, or prefixes of ids; empty for all checks.
        driver: ``"auto"`` picks respx if the provider sends its requests through httpx, else the
            socket.
        budget: maximum number of chat calls in a live run.

    Raises:
        ValueError: ``only`` matches no check.
        CassetteError: a file in the folder of cassettes is not a cassette.
        DeviationError: the file of deviations cannot be read or is not valid.
        LimitError: the same of the file of limits.
        ValueError: the recordings of the harness cannot be read.
    """
    chosen = selected(only, mode)
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    return _outside_running_loop(
        lambda: _run(harness, mode, seed, chosen.values(), driver, Budget(budget))
    )


def run_check(
    harness: Harness,
    check: Check,
    seed: int,
    driver: DriverName,
    budget: Budget | None = None,
    patience_s: float = REAL_LIMIT_S,
) -> Result:
    """Run one check and return its result.

    Args:
        patience_s: real seconds after which a check that has not ended fails.
    """
    name = driver if driver in check.drivers else check.drivers[0]
    return _CheckRun(harness, check, seed, name, budget or Budget(), patience_s).result()


def pick_driver(harness: Harness, seed: int) -> DriverName:
    """Return respx if it intercepts the provider's requests, else the socket."""
    probe = _CheckRun(harness, next(iter(selected(["PC-CHAT-001"]).values())), seed, "respx")
    probe.result()
    return "respx" if probe.saw_requests else "socket"


def _run(
    harness: Harness,
    mode: Mode,
    seed: int,
    chosen: Collection[Check],
    driver: DriverChoice,
    budget: Budget,
) -> Report:
    start = time.monotonic()
    deviations = read_deviations(harness.deviations, date.today())
    limits = read_limits(harness.limits, harness.wire.traits)
    found = run_checks(harness, mode, seed, chosen, driver, budget)
    results = apply_deviations(found, deviations)
    ids = {check.id for check in chosen}
    wire = prove_wire(harness) if proves_wire(mode, ids) else None
    taken, words = time.monotonic() - start, harness.capability_words
    return Report(harness.name, mode, seed, results, taken, wire, limits, words)


def run_checks(
    harness: Harness,
    mode: Mode,
    seed: int,
    chosen: Iterable[Check],
    driver: DriverChoice,
    budget: Budget,
    *,
    home: Path | None = None,
    tell: Told = lambda **progress: None,
) -> list[Result]:
    """Run some checks one after the other and return their results.

    Args:
        home: an empty folder to use as the home; by default one that exists only meanwhile.
        tell: hears of the progress.
    """
    results = []
    with _environment_of(mode, harness, home):
        name = _chosen_driver(harness, mode, seed, driver)
        tell(driver=name)
        for check in chosen:
            tell(begun=check.id)
            results.append(run_check(harness, check, seed, name, budget))
            tell(result=results[-1])
    return results


def _chosen_driver(harness: Harness, mode: Mode, seed: int, choice: DriverChoice) -> DriverName:
    if mode == "live":
        return "live"
    return pick_driver(harness, seed) if choice == "auto" else choice


@contextmanager
def _environment_of(mode: Mode, harness: Harness, home: Path | None = None) -> Iterator[None]:
    # Only a live run may use the tester's own credentials, and it cannot do without them.
    if mode == "live":
        yield
        return
    with isolated_environment(harness.provider, home=home):
        yield


def _outside_running_loop(work: Callable[[], Report]) -> Report:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    # A thread can run only one event loop at a time, and the caller's runs in this one.
    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(work).result()


@dataclass
class _CheckRun:
    """One check, run once."""

    harness: Harness
    check: Check
    seed: int
    driver: DriverName
    budget: Budget = field(default_factory=Budget)
    patience_s: float = REAL_LIMIT_S
    saw_requests: bool = False
    _interrupts: list[int] = field(default_factory=list)
    _exits: list[str] = field(default_factory=list)

    def result(self) -> Result:
        """Run the check; whatever the provider raises becomes part of the result.

        Only an interrupt by the user is raised, and ``CassetteError``.
        """
        with noticed_interrupts() as interrupts, no_exit() as exits:
            self._interrupts, self._exits = interrupts, exits
            try:
                return self._result()
            except CassetteError:
                raise
            except BaseException as error:
                if self._is_users(error):
                    raise
                status, failure = self._status_of(error)
        target = self.harness.target or self.harness.name
        again = rerun_line(self.check, target, self.seed, self.driver)
        return self._result_of(
            status, composed_message(self.check, failure, "(it cannot be shown)", again)
        )

    def _result(self) -> Result:
        check = self.check
        rng = random.Random(f"{self.seed}/{check.id}")
        service = Service(self.harness.wire, self._credential(), rng)
        with (
            _environment_of(check.mode, self.harness),
            capture_output() as captured,
            record_sample_calls() as sample,
        ):
            lab = self._make_lab(service, rng, captured)
            status, failure = self._run_body(lab)
        self.saw_requests = bool(service.exchanges)
        message = "" if failure is None else failure_message(check, failure, lab, self.seed)
        return self._result_of(status, message, sample)

    def _result_of(self, status: Status, message: str, sample: Iterable[str] = ()) -> Result:
        check, used = self.check, tuple(sorted(sample))
        return Result(check.id, status, check.severity, check.title, message, self.driver, used)

    def _make_lab(self, service: Service, rng: random.Random, captured: CapturedOutput) -> Lab:
        driver = _DRIVERS[self.driver](service)
        if self.check.mode == "live":
            return LiveLab(self.harness, service, driver, rng, captured, self.budget)
        tapes = read_cassettes(self.harness.cassettes) if self.check.mode == "replay" else ()
        return Lab(self.harness, service, driver, rng, captured, tapes)

    def _credential(self) -> str | None:
        """Return the credential of the run: one for all checks, as searching for it is costly."""
        if self.harness.credential_rule == "none":
            return None
        return payload.credential(random.Random(f"{self.seed}/credential"))

    def _run_body(self, lab: Lab) -> tuple[Status, Failed | None]:
        status: Status
        try:
            with watchdog(self.patience_s), lab.driver:
                self._run_in_new_loop(lab)
            status, failure = self._status_of_success(), self._leak_failure(lab)
        except BaseException as error:  # whatever a provider raises is the finding
            if self._is_users(error):
                raise
            status, failure = self._status_of(error)
        if lab.service.own_errors:
            return "error", _own_fault(lab.service.own_errors[0])
        if self._exits:
            # Red also for a SHOULD: outside the kit, nothing would have come after it.
            return "fail", Failed("the check", "to go on", self._exits[0], ENDS_PROCESS)
        if failure is not None and status not in ("error", "not-testable"):
            status = "fail" if self.check.severity == "MUST" else "warn"
        return status, failure

    def _is_users(self, error: BaseException) -> bool:
        return isinstance(error, KeyboardInterrupt) and bool(self._interrupts)

    def _status_of(self, error: BaseException) -> tuple[Status, Failed]:
        """Return what an exception means that a check or its provider raised."""
        if isinstance(error, Failed):
            return "fail", error
        if isinstance(error, WireFaultError):
            return "error", _own_fault(OwnFault(str(error), is_wires=True))
        if isinstance(error, NotTestable):
            return "not-testable", Failed("the check", "to be testable", text_of(error))
        if isinstance(error, asyncio.CancelledError):
            return "fail", Failed("the check", "to go on", "it was cancelled from within", CANCELS)
        if isinstance(error, EndedProcessError):
            return "fail", Failed("the check", "to go on", text_of(error), ENDS_PROCESS)
        if isinstance(error, StalledError | TimeoutError):
            actual = text_of(error) or "it was still waiting when the watchdog ended it"
            return "fail", Failed("the check", "to come to its end", actual, HANGS)
        if not isinstance(error, Exception):
            raised = f"the provider raised {clip(repr_of(error))}"
            return "fail", Failed("the check", "to go on", raised, ENDS_PROCESS)
        is_kits = _is_kit_fault(error)
        subject = KIT if is_kits else unexpected(error)
        failure = Failed("the check", "no unexpected exception", exception_line(error), subject)
        return "error" if is_kits else "fail", failure

    def _status_of_success(self) -> Status:
        return "pass" if self._applicable_body() is self.check.body else "refused"

    def _leak_failure(self, lab: Lab) -> Failed | None:
        if places := leak_places(lab):
            shown = f"it shows in {', '.join(places)}"
            return Failed("the credential", "to show nowhere", shown, leak_of(places))
        return None

    def _applicable_body(self) -> Body:
        check = self.check
        if self.harness.credential_rule not in check.credentials:
            assert check.otherwise is not None
            return check.otherwise
        lacking = [need for need in check.needs if need not in self.harness.capabilities]
        return must_refuse(lacking[0]) if lacking else check.body

    def _run_in_new_loop(self, lab: Lab) -> None:
        loop = lab.driver.new_loop()
        try:
            asyncio.set_event_loop(loop)
            loop.run_until_complete(self._run_and_close(lab))
        finally:
            _close_loop(loop)
            asyncio.set_event_loop(None)

    async def _run_and_close(self, lab: Lab) -> None:
        try:
            await asyncio.wait_for(self._applicable_body()(lab), _LOOP_LIMIT_S)
        except BaseException:
            # An error while closing the provider must not replace what the check found.
            with contextlib.suppress(Exception, GeneratorExit, SystemExit):
                await _close_all(lab.providers)
            raise
        await _close_all(lab.providers)


async def _close_all(providers: Iterable[BaseProvider]) -> None:
    for provider in providers:
        await provider.aclose()


def _close_loop(loop: asyncio.AbstractEventLoop) -> None:
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    try:
        if pending:
            loop.run_until_complete(asyncio.wait(pending, timeout=1))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


def _own_fault(fault: OwnFault) -> Failed:
    if fault.is_wires:
        return Failed("the wire", "no fault of its own", fault.text, WIRE)
    return Failed("the kit", "no fault of its own", fault.text, KIT)


def _is_kit_fault(error: BaseException) -> bool:
    """Whether an exception comes from the kit's own code rather than from the provider."""
    frame = innermost(error)
    file = Path(frame.tb_frame.f_code.co_filename) if frame else Path()
    return any(
        file == KIT_FOLDER / part or KIT_FOLDER / part in file.parents for part in _KIT_PARTS
    )
