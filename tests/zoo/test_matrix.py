"""The zoo: right providers against every check, mutants against their own and some others.

``ZOO_SAMPLE=1000`` tries the mutants on every check too, in a quarter of an hour. Here is also
tried what the gate would overlook.
"""

import os
import random
from dataclasses import replace

import pytest
from provider_conformance import all_checks
from provider_conformance.zoo import (
    REFERENCE,
    Matrix,
    gate,
    kill_matrix,
    registered_mutants,
    registered_right,
    run_check,
)

from tools.site.kit.measured import fingerprint, keep, kept_result
from tools.site.kit.zoo_results import RIGHT, right

CODE = fingerprint()
SEED = int(os.environ.get("ZOO_SEED") or random.SystemRandom().randrange(10**6))
SAMPLE = int(os.environ.get("ZOO_SAMPLE") or 8)
"""How many further checks a mutant meets beside its own; all that there are, at most."""
PARTS = ("rule", "expected", "actual", "wire", "fix", "more", "run again")


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """Run the zoo once."""
    print(f"the same again: ZOO_SEED={SEED}")
    right = kill_matrix(SEED, None, [REFERENCE, *registered_right()])
    mutants = kill_matrix(SEED, SAMPLE, registered_mutants())
    return Matrix(SEED, {**right.rows, **mutants.rows})


def test_gate_is_green(matrix):
    """Right providers pass, every check is killed, and every mutant dies as it says."""
    assert gate(matrix) == []


def test_right_provider_meets_every_check(matrix):
    """Each is tried on all checks, on its driver."""
    assert all(matrix.rows[name].keys() == all_checks().keys() for name in registered_right())


def test_emptied_check_turns_the_gate_red(matrix):
    """Whichever check has its body emptied, the gate notices."""

    async def empty(lab):
        pass

    unnoticed = []
    for check in all_checks().values():
        emptied = replace(check, body=empty, needs=(), credentials=("required",))
        rows = dict(matrix.rows)
        for mutant in registered_mutants().values():
            if mutant.kills == check.id:
                result = run_check(mutant.harness, emptied, SEED, "respx")
                rows[mutant.name] = {**rows[mutant.name], check.id: result}
        if not gate(Matrix(SEED, rows)):
            unnoticed.append(check.id)
    assert unnoticed == []


def test_removed_mutant_turns_the_gate_red(matrix):
    """Whichever check loses its mutants, the gate notices."""
    unnoticed = []
    for id in all_checks():
        left = {name: mutant for name, mutant in registered_mutants().items() if mutant.kills != id}
        if not gate(matrix, zoo=left):
            unnoticed.append(id)
    assert unnoticed == []


def test_every_failure_tells_all_that_is_needed(matrix):
    """Whoever fails whatever, the text has each part of the form, none of them empty."""
    incomplete = [
        f"{name}, {result.id}: {part}"
        for name, row in matrix.rows.items()
        for result in row.values()
        if not result.is_good
        for part in PARTS
        if not _part(result.message, part)
    ]
    assert incomplete == []


def test_site_is_given_what_right_providers_passed(matrix):
    """The results of right providers are kept, so that the next build of the site shows them."""
    keep(RIGHT, right(matrix.rows, matrix.seed), CODE)
    assert kept_result(RIGHT).result["passed"].keys() == registered_right().keys()


def _part(message, name):
    start = f"  {name:<10}"
    return next((line[len(start) :] for line in message.splitlines() if line.startswith(start)), "")
