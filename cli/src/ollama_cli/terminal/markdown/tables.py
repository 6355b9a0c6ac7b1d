"""A table in the width of a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from ollama_cli.terminal.markdown.inline import Inline
from ollama_cli.terminal.markdown.looks import BOLD, DIM, NO_STYLE, Look
from ollama_cli.terminal.markdown.widths import width_of
from ollama_cli.terminal.markdown.wrapping import Piece, Wrapper

Cell = list[Piece]

_GAP = "  "
_NARROWEST = 12
"""Columns of a table column below which it is not made narrower."""
_BREAK = re.compile(r" *<br ?/?> *", re.IGNORECASE)
_SGR = re.compile(r"\x1b\[[\d;]*m")


def table_text(rows: Sequence[Sequence[str]], align: str, width: int, look: Look) -> str:
    """Return a table as lines.

    Columns that are too wide together are made narrower, and their text is wrapped. If there is no
    room for that either, each row becomes lines of a title and a value.

    Args:
        rows: the cells of each row as Markdown; the first row has the titles.
        align: ``l``, ``c`` or ``r`` per column.
        width: the columns of the terminal.
        look: how it looks.
    """
    first, *others = (_filled(row, len(align)) for row in rows)
    head = [_cell(text, look, BOLD) for text in first]
    body = [[_cell(text, look, NO_STYLE) for text in row] for row in others]
    widths = _widths([head, *body], width - len(_GAP) * (len(align) - 1))
    if widths is None:
        return _as_list(head, body, width)
    rule = f"\x1b[{DIM}m{_GAP.join(look.line * column for column in widths)}\x1b[0m"
    lines = [*_row_lines(head, widths, align), rule]
    for row in body:
        lines += _row_lines(row, widths, align)
    return "".join(f"{line}\n" for line in lines)


def _filled(row: Sequence[str], count: int) -> list[str]:
    """Return a row with as many cells as there are columns; the last takes what is too much."""
    cells = [*row[: count - 1], " | ".join(row[count - 1 :])]
    return [*cells, *[""] * (count - len(cells))]


def _cell(text: str, look: Look, style: str) -> Cell:
    inline = Inline(look, style)
    return [*inline.feed(_BREAK.sub("\n", text)), *inline.end()]


def _plain(cell: Cell) -> str:
    return "".join(text for _, text in cell)


def _widths(table: Sequence[Sequence[Cell]], room: int) -> list[int] | None:
    """Return widths that fit in the room, the widest made narrower; ``None`` if none do."""
    columns = [[_plain(cell) for cell in column] for column in zip(*table, strict=True)]
    natural = [max(width_of(line) for text in c for line in text.split("\n")) for c in columns]
    words = [
        max((width_of(word) for text in c for word in text.split()), default=0) for c in columns
    ]
    most = max(natural)
    while True:
        widths = [max(word, min(all_, most)) for word, all_ in zip(words, natural, strict=True)]
        if sum(widths) <= room:
            return widths
        if most <= _NARROWEST:
            return None
        most = min(most, room + 1) - 1


def _row_lines(row: Sequence[Cell], widths: Sequence[int], align: str) -> list[str]:
    columns = [
        [_aligned(line, width, side) for line in _wrapped(cell, width)]
        for cell, width, side in zip(row, widths, align, strict=True)
    ]
    blanks = [" " * width for width in widths]
    lines = []
    for parts in zip_longest(*columns):
        line = [part or blank for part, blank in zip(parts, blanks, strict=True)]
        lines.append(_GAP.join(line).rstrip())
    return lines


def _wrapped(cell: Cell, width: int) -> list[str]:
    wrapper = Wrapper(lambda: width)
    wrapper.begin([], [])
    for style, text in cell:
        wrapper.text(style, text)
    wrapper.end()
    return wrapper.take().split("\n")[:-1]


def _aligned(line: str, width: int, side: str) -> str:
    room = max(width - width_of(_SGR.sub("", line)), 0)
    before = {"l": 0, "c": room // 2, "r": room}[side]
    return " " * before + line + " " * (room - before)


def _as_list(head: Sequence[Cell], body: Sequence[Sequence[Cell]], width: int) -> str:
    wrapper = Wrapper(lambda: width)
    for number, row in enumerate(body):
        if number:
            wrapper.line([])
        for title, cell in zip(head, row, strict=True):
            if not _plain(cell):
                continue
            wrapper.begin([], [(NO_STYLE, _GAP)])
            if _plain(title):
                for piece in (*title, (BOLD, ":"), (NO_STYLE, " ")):
                    wrapper.text(*piece)
            for piece in cell:
                wrapper.text(*piece)
            wrapper.end()
    if not body:
        wrapper.line([(BOLD, _GAP.join(map(_plain, head)))])
    return wrapper.take()
