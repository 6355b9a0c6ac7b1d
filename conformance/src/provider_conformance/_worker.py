"""What runs in a child process: the jobs that load a harness, and what they report."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from provider_conformance._check import Mode
from provider_conformance._find import HarnessNotFoundError, find_harness, is_declared
from provider_conformance._harness import Harness
from provider_conformance._installed import NotInstalledError, copy_for_users
from provider_conformance._runner import pick_driver, run_check, run_checks
from provider_conformance._text import repr_of, text_of
from provider_conformance.cassettes import CassetteError
from provider_conformance.checks import all_checks
from provider_conformance.lab._isolation import isolated_environment
from provider_conformance.lab._live import Budget
from provider_conformance.mutation import sources_of
from provider_conformance.reports import origin_of, read_report, report_stem
from provider_conformance.reports._levels import OverallLevel, overall_level, stored_standing
from provider_conformance.reports._limits import LimitError, read_limits
from provider_conformance.reports._origin import origin_note
from provider_conformance.reports._progress import own_methods, sample_note, sample_problems
from provider_conformance.reports._result import Result
from provider_conformance.reports._standing import Standing
from provider_conformance.reports._verify import Doubt, doubts, problems
from provider_conformance.shapes import prove_wire

_COPY_LIMIT_S = 300
"""Real seconds after which a copy ends that a provider made of its process by forking."""

_PR_SET_PDEATHSIG = 1


class _Channel:
    """Reports to the parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._process = os.getpid()
        self._leave = os._exit
        # A process that the provider starts must not hold the pipe open.
        os.set_inheritable(descriptor, False)

    def send(self, **report: Any) -> None:
        """Send a report; without a parent, or in a process that was forked from this one, end."""
        if os.getpid() != self._process:
            self._leave(0)
        line = json.dumps({"process": self._process, **report}).encode() + b"\n"
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
        except OSError:
            self._leave(1)


def main(descriptor: str, said: str) -> None:
    """Run the job that the arguments name."""
    order = json.loads(said)
    sys.argv = order["argv"]
    channel = _Channel(int(descriptor))
    _die_with_parent()
    os.register_at_fork(after_in_child=_limit_copy)
    # The parent gets the user's interrupt too, and ends this process.
    signal.signal(signal.SIGINT, lambda signum, frame: None)
    try:
        _JOBS[order["job"]](channel, **order["arguments"])
    except (HarnessNotFoundError, ValueError, OSError) as error:
        channel.send(refused=text_of(error))
    except KeyboardInterrupt as error:
        channel.send(refused=f"it raised {repr_of(error)}")


def _die_with_parent() -> None:
    """Let the system kill this process when its parent is gone, if the system can do that."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit_copy() -> None:
    """End a copy of this process by a signal that Python need not handle."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_COPY_LIMIT_S)


def _run(
    channel: _Channel,
    target: str,
    model: str | None,
    ids: list[str],
    calls: int,
    *,
    wire: bool,
    **how: Any,
) -> None:
    harness, source = find_harness(target)
    if is_declared(harness):
        copy_for_users(harness, target)
    channel.send(loaded=_facts(harness, source, how["mode"]))
    if wire:
        channel.send(wire=asdict(prove_wire(harness)))
    harness = replace(harness, model=model or harness.model)
    budget, home = Budget(calls), Path(how.pop("home"))

    def tell(result: Result | None = None, **progress: Any) -> None:
        if result is not None:
            progress |= {"result": asdict(result), "calls": budget.calls}
        channel.send(**progress)

    checks = [all_checks(None)[id] for id in ids]
    run_checks(harness, chosen=checks, budget=budget, home=home, tell=tell, **how)
    with contextlib.suppress(Exception):  # a provider may have closed it
        sys.stdout.flush()
    channel.send(done=True)


def _facts(harness: Harness, source: Path | None, mode: Mode) -> Mapping[str, Any]:
    try:
        return {
            "name": harness.name,
            "target": harness.target or harness.name,
            "origin": origin_of(harness, source, mode),
            "source": str(source) if source else None,
            "deviations": str(harness.deviations) if harness.deviations else None,
            "methods": asdict(own_methods(harness.wire)),
            "capabilities": harness.capability_words,
            "limits": [asdict(limit) for limit in read_limits(harness.limits, harness.wire.traits)],
        }
    except (CassetteError, LimitError, NotInstalledError):
        raise
    except Exception as error:  # noqa: BLE001 - it is the adopter's code
        problem = f"{type(error).__name__}: {text_of(error)}"
    raise ValueError(f"the harness cannot be read: {problem}")


def _verify(
    channel: _Channel, target: str, reports: str, mode: Mode, *, allow_sample: bool
) -> None:
    harness, source = find_harness(target)
    found = [*_copy_problems(harness, target), *problems(harness, source, Path(reports), mode)]
    answer: dict[str, Any] = {"name": harness.name, "problems": found}
    if not found:
        file = Path(reports) / f"{report_stem(harness.name, mode)}.run.json"
        run, _ = read_report(file)
        called = _called_in(run)
        found += sample_problems(harness.wire, called, allowed=allow_sample)
        answer["note"] = sample_note(harness.wire, called, named_in=file)
        answer["copy"] = origin_note(run)
        answer["standing"] = stored_standing(harness, Path(reports), mode).to_dict()
    channel.send(answer=answer)


def _called_in(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the methods marked ``sample`` that each check of a run called."""
    called = run.get("sample")
    return called if isinstance(called, dict) else {}


def _copy_problems(harness: Harness, target: str) -> Iterator[str]:
    try:
        if is_declared(harness):
            copy_for_users(harness, target)
    except NotInstalledError as error:
        yield str(error)


def _level(channel: _Channel, target: str, reports: str) -> None:
    harness, source = find_harness(target)
    try:
        if is_declared(harness):
            copy_for_users(harness, target)
        found = overall_level(harness, source, Path(reports), datetime.now(UTC))
    except ValueError as error:
        found = OverallLevel(Standing("none"), (str(error),))
    answer = {"standing": found.standing.to_dict(), "reasons": found.reasons}
    channel.send(answer={"name": harness.name, **answer})


def _judge(
    channel: _Channel, target: str, reports: str, modes: list[Mode], *, allow_sample: bool
) -> None:
    """Report what a matrix says of a provider whose code is here."""
    harness, source = find_harness(target)
    folder = Path(reports)
    found = {mode: doubts(harness, source, folder, mode) for mode in modes}
    found["mock"] += [Doubt("broken", text) for text in _copy_problems(harness, target)]
    proved = None
    if not found["mock"]:
        run, _ = read_report(folder / f"{report_stem(harness.name, 'mock')}.run.json")
        texts = sample_problems(harness.wire, _called_in(run), allowed=allow_sample)
        found["mock"] += [Doubt("sample", text) for text in texts]
    if not found["mock"] and not problems(harness, source, folder):
        proved = overall_level(harness, source, folder, datetime.now(UTC)).standing.to_dict()
    told = {mode: [asdict(doubt) for doubt in each] for mode, each in found.items()}
    channel.send(answer={"doubts": told, "standing": proved})


def _wire(channel: _Channel, target: str, against: str | None, keep: str | None) -> None:
    harness, _ = find_harness(target)
    proof = prove_wire(harness, Path(against) if against else None, Path(keep) if keep else None)
    channel.send(answer={"name": harness.name, "proof": asdict(proof)})


def _sources(channel: _Channel, target: str) -> None:
    found = sources_of(*find_harness(target))
    files = [str(file) for file in found.files]
    channel.send(answer={"root": str(found.root), "files": files, "beside": found.beside_harness})


def _trial(channel: _Channel, target: str, ids: list[str], seed: int, code: str) -> None:
    harness, source = find_harness(target)
    used = sources_of(harness, source).root
    if not used.is_relative_to(Path(code).resolve()):
        raise ValueError(f"the provider was imported from {used} and not from its changed copy")
    with isolated_environment(harness.provider):
        driver = pick_driver(harness, seed)
        results = (run_check(harness, all_checks()[id], seed, driver) for id in ids)
        red = next((result.id for result in results if not result.is_good), "")
    channel.send(answer=red)


_JOBS: Mapping[str, Callable[..., None]] = {
    "run": _run,
    "verify": _verify,
    "level": _level,
    "judge": _judge,
    "wire": _wire,
    "sources": _sources,
    "trial": _trial,
}
