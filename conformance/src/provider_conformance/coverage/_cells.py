"""Cells of the coverage table, and the checks that are seen to cover each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from provider_conformance._runner import run_check
from provider_conformance.checks import all_checks
from provider_conformance.coverage._rows import How, Row
from provider_conformance.coverage._spoiled import spoiled
from provider_conformance.zoo.reference import HARNESS


@dataclass(frozen=True)
class Cell:
    """One form of a row, in whole or in streamed answers."""

    row: Row
    form: int
    how: How

    @property
    def name(self) -> str:
        """The cell in words."""
        row = self.row
        return f"{row.field} {row.place}, {row.forms[self.form].name}, {self.how}".replace(
            " ,", ","
        )

    @property
    def reason(self) -> str:
        """Why no check covers it; empty if one must."""
        return self.row.uncovered.get(self.row.forms[self.form].name, "")


@dataclass(frozen=True)
class Covered:
    """A cell, the checks that noticed the loss, and what is wrong with it, if anything."""

    cell: Cell
    checks: Sequence[str]
    problem: str


def cells_of(row: Row) -> Iterator[Cell]:
    """Yield the cells of a row."""
    for form in range(len(row.forms)):
        for how in row.hows:
            yield Cell(row, form, how)


def covered(row: Row, seed: int) -> list[Covered]:
    """Return what covers each cell of a row.

    Before that, the checks of the row must pass a provider that goes the same way and loses
    nothing: only then is the loss what they notice.
    """
    sound = [id for id in row.checks if _status(row, None, row.hows[0], id, seed) == "pass"]
    broken = sorted(set(row.checks) - set(sound))
    found = []
    for cell in cells_of(row):
        noticed = _noticing(cell, sound, seed)
        problem = f"{', '.join(broken)} fails although nothing is lost" if broken else ""
        if not noticed and not cell.reason:
            problem = f"no check of {', '.join(row.checks) or 'any'} notices the loss"
        if noticed and cell.reason:
            problem = f"{noticed[0]} covers it, so there is nothing to excuse"
        found.append(Covered(cell, noticed, problem))
    return found


def _noticing(cell: Cell, ids: Sequence[str], seed: int) -> list[str]:
    bad = ("fail", "warn")
    return [id for id in ids if _status(cell.row, cell.form, cell.how, id, seed) in bad]


def _status(row: Row, form: int | None, how: How, id: str, seed: int) -> str:
    harness = replace(HARNESS, provider=spoiled(row, form, how))
    return run_check(harness, all_checks()[id], seed, "respx").status
