"""What the zoo and the coverage say of the kit, as plain JSON types that can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from provider_conformance import Result
from provider_conformance.coverage import Cell, all_cells, as_json
from provider_conformance.zoo import (
    REFERENCE,
    Matrix,
    gate,
    kill_matrix,
    registered_mutants,
    registered_right,
    right_problems,
)

SEED = 1
KILLS = "kill-matrix"
RIGHT = "right-zoo"
COVERAGE = "coverage"


def kills() -> dict[str, Any]:
    """Run each mutant on its own check and a plain exchange, and the reference on all checks.

    Raises:
        ValueError: a mutant does not fail its check, or the reference fails one.
    """
    matrix = kill_matrix(SEED, 0, [REFERENCE, *registered_mutants()])
    require_none(gate(matrix, right={}))
    mutants = registered_mutants()
    expected = {name: matrix.rows[name][mutant.kills].expected for name, mutant in mutants.items()}
    passed = sum(result.is_good for result in matrix.rows[REFERENCE].values())
    return {"seed": SEED, "expected": expected, "reference": passed}


def right(rows: Mapping[str, Mapping[str, Result]], seed: int) -> dict[str, Any]:
    """Return what right providers passed, of how many checks.

    Raises:
        ValueError: a check fails one of them.
    """
    own = {name: rows[name] for name in registered_right()}
    require_none(right_problems(Matrix(seed, own)))
    passed = {
        name: [sum(result.is_good for result in row.values()), len(row)]
        for name, row in own.items()
    }
    return {"seed": seed, "passed": passed}


def coverage() -> list[dict[str, Any]]:
    """Measure which checks notice the loss of each form of each field.

    Raises:
        ValueError: no check notices one, and no reason is given.
    """
    cells = all_cells(SEED)
    require_none([str(cell) for cell in cells if cell.problem])
    return as_json(cells)


def cells(kept: list[dict[str, Any]]) -> list[Cell]:
    """Return the cells that ``coverage`` measured."""
    names = [field.name for field in fields(Cell)]
    return [Cell(**{name: cell[name] for name in names}) for cell in kept]


def require_none(problems: list[str]) -> None:
    """Raise ``ValueError`` if there is a problem: the site does not publish what is red."""
    if problems:
        raise ValueError("the kit is red, and its page is not written:\n" + "\n".join(problems))
