"""Tries each fault in a process of its own, on a copy of the provider's source."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from provider_conformance._check import Check
from provider_conformance._child import Child, LostError, accepted
from provider_conformance.checks import all_checks
from provider_conformance.mutation._faults import Fault, faults_in
from provider_conformance.mutation._source import Sources

_LIMIT_S = 120.0
"""Real seconds for all checks on one fault; one that hangs is noticed."""

_FIRST = ("CHAT", "STREAM", "TOOLS", "USAGE", "OPTIONS", "ERROR")
"""The groups that notice most come first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fault, and what noticed it: the id of a check, how the process ended, or nothing."""

    fault: Fault
    noticed_by: str


def tried(
    target: str, sources: Sources, limit: int, seed: int, tell: Callable[[Outcome], None]
) -> tuple[int, list[Outcome]]:
    """Put up to ``limit`` faults into a provider, chosen by the seed; return how many there are.

    Args:
        tell: hears of each outcome at once.

    Raises:
        ValueError: a check notices something although nothing was changed, or there is no code.
    """
    with sources.copied(target) as (folder, copy):
        faults = _faults(folder, sources)
        if not faults:
            raise ValueError(f"{target} has no code of its own in which a fault could be put")
        if noticed := _noticed_by(folder, copy, seed):
            raise ValueError(f"{noticed} is red before anything is changed; run the checks first")
    chosen = sorted(random.Random(seed).sample(range(len(faults)), min(limit, len(faults))))
    outcomes = []
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for outcome in threads.map(
            lambda index: _tried(target, sources, faults[index], seed), chosen
        ):
            outcomes.append(outcome)
            tell(outcome)
    return len(faults), outcomes


def _tried(target: str, sources: Sources, fault: Fault, seed: int) -> Outcome:
    """Try a fault on a fresh copy."""
    with sources.copied(target) as (folder, copy):
        file = folder / fault.file
        file.write_bytes(fault.applied_to(file.read_bytes()))
        return Outcome(fault, _noticed_by(folder, copy, seed))


def _faults(folder: Path, sources: Sources) -> list[Fault]:
    """Return the faults of all files, each with its file relative to the folder.

    They are found once and in one thread: CPython 3.11 fails with ``SystemError`` when it parses in
    two at a time (https://github.com/python/cpython/issues/106905).
    """
    return [
        replace(fault, file=file) for file in sources.files for fault in faults_in(folder / file)
    ]


def _noticed_by(folder: Path, target: str, seed: int) -> str:
    """Return the id of the first red check, or how the process ended; empty if all are good."""
    ids = [check.id for check in _quick_checks()]
    arguments = {"target": target, "ids": ids, "seed": seed, "code": str(folder)}
    try:
        with Child("trial", arguments, first=[folder]) as child:
            return str(accepted(child.next_report(_LIMIT_S))["answer"])
    except (LostError, ValueError) as error:
        return str(error)


def _quick_checks() -> Sequence[Check]:
    quick = [c for c in all_checks().values() if "respx" in c.drivers and c.group != "FUZZ"]
    return sorted(quick, key=lambda check: check.group not in _FIRST)
