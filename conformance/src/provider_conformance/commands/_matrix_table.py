"""The matrix as tables for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from provider_conformance.commands._say import Span, Style
from provider_conformance.matrix._column import Ability, AbilityState, Cell, CellState, Column
from provider_conformance.matrix._matrix import ProviderMatrix
from provider_conformance.reports._table import MARKS

_GAP = 2
_LONGEST_NAME = 24
_STYLES: dict[CellState | AbilityState, Style] = {
    "passed": "green",
    "can": "green",
    "warned": "yellow",
    "unproved": "yellow",
    "red": "red",
    "broken": "red",
    "doubtful": "red",
    "cannot": "grey",
    "not run": "grey",
}
_LEGEND = (
    "Of each group: checks passed / checks. F fail, w warn, d deviates, ? not testable, E error; a "
    "word: why the report is not a proof; -: not run. Of each capability: yes and no are proved by "
    "checks, yes? and no? by none."
)


def lines(matrix: ProviderMatrix, width: int) -> Iterator[Sequence[Span]]:
    """Yield the lines of the tables, none of them wider than the terminal if that is possible.

    What does not fit beside the rest follows below it, with the same rows.
    """
    columns = matrix.columns
    groups = {cell.group: [column.cells[n] for column in columns] for n, cell in _numbered(columns)}
    yield from _tables(
        columns,
        {
            "level": [Span(column.standing.level) for column in columns],
            "reports": [Span(column.word, _word_style(column)) for column in columns],
            **{group: list(map(_cell, cells)) for group, cells in groups.items()},
        },
        width,
    )
    words = {word: [column.ability(word) for column in columns] for word in matrix.capabilities}
    yield from _tables(
        columns, {word: list(map(_ability, each)) for word, each in words.items()}, width
    )
    yield from ([Span(line)] for line in _wrapped(_LEGEND, width))
    yield []


def _numbered(columns: Sequence[Column]) -> list[tuple[int, Cell]]:
    return list(enumerate(columns[0].cells))


def _tables(
    columns: Sequence[Column], rows: dict[str, list[Span]], width: int
) -> Iterator[Sequence[Span]]:
    names = [_clipped(column.provider) for column in columns]
    table = {"": list(map(Span, names)), **rows}
    first = max(map(len, table))
    widths = [max(_width(row[n].text) for row in table.values()) for n in range(len(columns))]
    for block in _blocks(widths, width - first):
        for name, row in table.items():
            spans = [Span(f"{name:<{first}}")]
            gap = _GAP
            for n in block:
                spans += [Span(" " * gap), row[n]]
                gap = _GAP + widths[n] - _width(row[n].text)
            yield spans
        yield []


def _blocks(widths: Sequence[int], room: int) -> Iterator[list[int]]:
    """Yield the numbers of columns that fit beside each other, at least one at a time."""
    block: list[int] = []
    left = room
    for number, width in enumerate(widths):
        if block and left < width + _GAP:
            yield block
            block, left = [], room
        block.append(number)
        left -= width + _GAP
    yield block


def _cell(cell: Cell) -> Span:
    if cell.state == "not run":
        return Span("-", _STYLES[cell.state])
    if cell.state == "doubtful":
        assert cell.run is not None
        return Span(cell.run.doubts[0].fault, _STYLES[cell.state])
    marks = "".join(
        f"{count}{MARKS[status]}"
        for status, count in cell.counts.items()
        if status not in ("pass", "refused")
    )
    return Span(f"{cell.good}/{cell.total} {marks}".rstrip(), _STYLES[cell.state])


def _ability(ability: Ability) -> Span:
    said = {
        "can": "yes",
        "cannot": "no",
        "unproved": "yes?" if ability.declared else "no?",
        "broken": f"{len(ability.against)} bad",
        "doubtful": ability.run.doubts[0].fault if ability.run.doubts else "",
    }
    return Span(said[ability.state], _STYLES[ability.state])


def _word_style(column: Column) -> Style:
    return "red" if column.problems else ""


def _clipped(name: str) -> str:
    # One line, whatever a provider calls itself.
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _width(text: str) -> int:
    """Return how many places a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    yield line
