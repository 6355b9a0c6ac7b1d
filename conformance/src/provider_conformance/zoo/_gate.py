"""The gate: what the whole zoo says about the kit."""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from provider_conformance._check import Check
from provider_conformance._runner import run_check
from provider_conformance.checks import all_checks
from provider_conformance.drivers._clock import REAL_LIMIT_S
from provider_conformance.lab._isolation import isolated_environment
from provider_conformance.lab._variables import registered_once
from provider_conformance.reports._result import Result
from provider_conformance.zoo._mutants import Mutant
from provider_conformance.zoo._right import Right
from provider_conformance.zoo.mutants import registered_mutants
from provider_conformance.zoo.reference import HARNESS
from provider_conformance.zoo.right import registered_right

REFERENCE = "reference"

_PLAIN = "PC-CHAT-001"
_PATIENCE_S = 3.0
_MOST_HANGS = 3
_RIGHT_SAMPLES = 2
"""How many checks of a sample a right provider meets for each one that a mutant meets."""


@dataclass(frozen=True)
class Matrix:
    """Every provider of the zoo against the checks.

    Attributes:
        seed: repeats the matrix.
        rows: the results by check id, by provider name. The reference runs all checks. A mutant
            runs its own check, a plain exchange, and all or some of the others except the slow
            ones (FUZZ, and those that need a socket); if it hangs in several, it runs no more.
            A right provider runs a plain exchange, and all or some of all the others.
    """

    seed: int
    rows: Mapping[str, Mapping[str, Result]]


def kill_matrix(seed: int, sample: int | None = None, names: Iterable[str] | None = None) -> Matrix:
    """Run the providers of the zoo, in parallel on all cores.

    Args:
        seed: the source of all random values.
        sample: how many further checks each mutant runs, chosen by the seed, and a right provider
            twice as many; ``None`` for all, which takes minutes.
        names: which providers; ``None`` for all.
    """
    if names is None:
        names = [*registered_right(), REFERENCE, *registered_mutants()]
    # What waits for real connections comes first, so that the others fill the time.
    names = sorted(names, key=_uses_respx)
    # A fork of a process that has threads, as a test run's may, need not work.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), fresh) as pool:
        rows = pool.map(_results_of, names, [seed] * len(names), [sample] * len(names))
        return Matrix(seed, dict(zip(names, rows, strict=True)))


def gate(
    matrix: Matrix,
    known: Mapping[str, Check] | None = None,
    zoo: Mapping[str, Mutant] | None = None,
    right: Mapping[str, Right] | None = None,
) -> list[str]:
    """Return everything that is wrong with the kit, one sentence each; empty if nothing is."""
    known = all_checks() if known is None else known
    zoo = registered_mutants() if zoo is None else zoo
    right = registered_right() if right is None else right
    killed = _killed_ids(matrix, zoo)
    return [
        *_reference_problems(matrix, known),
        *right_problems(matrix, right),
        *_mutant_problems(matrix, known, zoo),
        *(f"{id} is killed by no mutant" for id in known if id not in killed),
    ]


def right_problems(matrix: Matrix, right: Mapping[str, Right] | None = None) -> list[str]:
    """Return each check that fails a right provider, one sentence each; empty if none does."""
    right = registered_right() if right is None else right
    return [problem for one in right.values() for problem in _problems_of_right(matrix, one)]


def is_void(row: Mapping[str, Result]) -> bool:
    """Whether a provider crashes in a plain exchange, so that its failures prove nothing."""
    plain = row.get(_PLAIN)
    return plain is not None and "no unexpected exception" in plain.expected


def dies_as_named(mutant: Mutant, result: Result | None) -> bool:
    """Whether a mutant failed its check for the reason that it names, and not by a crash."""
    if result is None or result.status not in ("fail", "warn"):
        return False
    return mutant.because in result.expected


def is_as_right(provider: Right, result: Result) -> bool:
    """Whether a result is what a right provider must have: good, or a warning that it names."""
    expected = result.id in provider.warns
    return result.status == "warn" if expected else result.is_good


def _results_of(name: str, seed: int, sample: int | None = None) -> dict[str, Result]:
    if name in registered_right():
        return _results_of_right(registered_right()[name], seed, sample)
    mutant = registered_mutants().get(name)
    harness = mutant.harness if mutant else HARNESS
    row: dict[str, Result] = {}
    with isolated_environment(registered=registered_once()):
        for check in _checks_for(mutant, random.Random(f"{seed}/{name}"), sample):
            patience = _PATIENCE_S if mutant else REAL_LIMIT_S
            row[check.id] = run_check(harness, check, seed, "respx", patience_s=patience)
            if mutant and sum(_did_not_end(result) for result in row.values()) > _MOST_HANGS:
                break
    return row


def _checks_for(mutant: Mutant | None, rng: random.Random, sample: int | None) -> list[Check]:
    known = list(all_checks().values())
    if mutant is None:
        return known
    # Its own check first: a mutant that hangs everywhere is given up after a few others.
    first = [check for check in known if check.id == mutant.kills]
    first += [check for check in known if check.id == _PLAIN != mutant.kills]
    others = [check for check in known if _is_quick(check) and check not in first]
    return first + (others if sample is None else rng.sample(others, min(sample, len(others))))


def _results_of_right(provider: Right, seed: int, sample: int | None) -> dict[str, Result]:
    first, *others = sorted(all_checks().values(), key=lambda check: check.id != _PLAIN)
    if sample is not None:
        count = min(sample * _RIGHT_SAMPLES, len(others))
        others = random.Random(f"{seed}/{provider.name}").sample(others, count)
    with isolated_environment(registered=registered_once()):
        return {
            check.id: run_check(provider.harness, check, seed, provider.driver)
            for check in (first, *others)
        }


def _uses_respx(name: str) -> bool:
    provider = registered_right().get(name)
    return provider is None or provider.driver == "respx"


def _did_not_end(result: Result) -> bool:
    return "did not end within" in result.message


def _is_quick(check: Check) -> bool:
    return "respx" in check.drivers and check.group != "FUZZ"


def _reference_problems(matrix: Matrix, known: Mapping[str, Check]) -> Iterable[str]:
    row = matrix.rows[REFERENCE]
    for id in known:
        if id not in row:
            yield f"{id} was not tried on the reference"
        elif not row[id].is_good:
            yield f"the reference fails {id}:\n{row[id].message}"


def _problems_of_right(matrix: Matrix, provider: Right) -> Iterable[str]:
    row = matrix.rows.get(provider.name, {})
    if _PLAIN not in row:
        yield f"{_PLAIN} was not tried on the right provider {provider.name}"
    for id, result in row.items():
        if is_as_right(provider, result):
            continue
        if id in provider.warns:
            yield f"{provider.name} does not fail {id}, which it is said to fail"
        else:
            yield f"{id} fails the right provider {provider.name}:\n{result.message}"


def _mutant_problems(
    matrix: Matrix, known: Mapping[str, Check], zoo: Mapping[str, Mutant]
) -> Iterable[str]:
    for mutant in zoo.values():
        result = matrix.rows[mutant.name].get(mutant.kills)
        if mutant.kills not in known:
            yield f"{mutant.name} names {mutant.kills}, which is not a check"
        elif is_void(matrix.rows[mutant.name]):
            yield f"{mutant.name} is VOID: it crashes in a plain exchange"
        elif not dies_as_named(mutant, result):
            said = result.message or result.status if result else "not tried"
            yield (
                f"{mutant.name} does not die by {mutant.kills} because of "
                f"{mutant.because!r}, but: {said}"
            )


def _killed_ids(matrix: Matrix, zoo: Mapping[str, Mutant]) -> set[str]:
    return {
        mutant.kills
        for mutant in zoo.values()
        if dies_as_named(mutant, matrix.rows[mutant.name].get(mutant.kills))
        and not is_void(matrix.rows[mutant.name])
    }
