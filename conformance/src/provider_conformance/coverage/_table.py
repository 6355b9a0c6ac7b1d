"""The coverage table as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from provider_conformance.coverage._cells import Cell
from provider_conformance.coverage._fields import contract_fields
from provider_conformance.coverage._rows import How


def markdown(cells: Iterable[Cell]) -> str:
    """Return one table per type: a line per form, with the checks for whole and streamed calls."""
    order = {name: place for place, name in enumerate(contract_fields())}
    found = sorted(cells, key=lambda cell: order[cell.field])
    lines: list[str] = []
    for kind, of_type in groupby(found, key=lambda cell: cell.field.partition(".")[0]):
        lines += ["", f"## {kind}", "", "| Field | Form | Direction | Whole | Streamed |"]
        lines += ["|---|---|---|---|---|", *_lines(list(of_type))]
    return "\n".join(lines[1:])


def as_json(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """Return the cells as plain JSON types."""
    return [asdict(cell) for cell in cells]


def _lines(cells: Sequence[Cell]) -> Iterable[str]:
    rows: dict[tuple[str, str, str, str], dict[How, Cell]] = {}
    for cell in cells:
        line = (cell.field, cell.place, cell.form, cell.direction)
        rows.setdefault(line, {})[cell.how] = cell
    for (field, place, form, direction), by_how in rows.items():
        where = f"`{field}` {place}".rstrip()
        whole, streamed = _shown(by_how.get("whole")), _shown(by_how.get("streamed"))
        yield f"| {where} | {form} | {direction} | {whole} | {streamed} |"


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return ", ".join(cell.checks) or f"none: {cell.reason or cell.problem}"
