"""Cells of the coverage table, and the checks that are seen to cover each."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

from provider_conformance._runner import run_check
from provider_conformance.checks import all_checks
from provider_conformance.coverage._forms import Form
from provider_conformance.coverage._rows import Direction, How, Row, all_rows
from provider_conformance.coverage._spoiled import spoiled
from provider_conformance.lab._isolation import isolated_environment
from provider_conformance.lab._variables import registered_once
from provider_conformance.zoo._router import ROUTER_HARNESS


@dataclass(frozen=True, slots=True)
class Cell:
    """One form of a field in one place, in whole or in streamed calls.

    Attributes:
        field: the field, as ``Type.field``.
        place: where it stands, perhaps empty.
        form: the name of the form.
        direction: whether it is sent or received.
        how: the kind of call.
        checks: the ids of the checks that noticed its loss.
        reason: why no check does.
        problem: what is wrong with the cell, perhaps nothing.
    """

    field: str
    place: str
    form: str
    direction: Direction
    how: How
    checks: Sequence[str]
    reason: str
    problem: str

    def __str__(self) -> str:
        """The cell and its problem in words."""
        where = f"{self.field} {self.place}".rstrip()
        return f"{where}, {self.form}, {self.how}: {self.problem or 'covered'}"


def cells_of(row: Row, seed: int) -> list[Cell]:
    """Return the cells of a row, each measured.

    Before that, the checks of the row must pass a provider that goes the same way and loses
    nothing: only then is the loss what they notice.
    """
    sound = {
        how: [id for id in row.checks if _passes(row, None, how, id, seed)] for how in row.hows
    }
    return [_measured(row, form, how, sound[how], seed) for form in row.forms for how in row.hows]


def all_cells(seed: int) -> list[Cell]:
    """Return every cell of the table, measured on all cores."""
    rows = range(len(all_rows()))
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        return [cell for found in pool.map(_cells_at, rows, [seed] * len(rows)) for cell in found]


def _cells_at(index: int, seed: int) -> list[Cell]:
    with isolated_environment(registered=registered_once()):
        return cells_of(all_rows()[index], seed)


def _measured(row: Row, form: Form, how: How, sound: Sequence[str], seed: int) -> Cell:
    checks = [id for id in sound if not _passes(row, form, how, id, seed)]
    reason = row.uncovered.get(form.name, "")
    problem = ""
    if broken := sorted(set(row.checks) - set(sound)):
        problem = f"{', '.join(broken)} fails although nothing is lost"
    elif not checks and not reason:
        problem = f"no check of {', '.join(row.checks) or 'any'} notices the loss"
    elif checks and reason:
        problem = f"{checks[0]} covers it, so there is nothing to excuse"
    return Cell(row.field, row.place, form.name, row.direction, how, checks, reason, problem)


def _passes(row: Row, form: Form | None, how: How, id: str, seed: int) -> bool:
    harness = replace(ROUTER_HARNESS, provider=spoiled(row, form, how), wire=row.wire)
    return run_check(harness, all_checks()[id], seed, "respx").is_good
