"""Tables of plain text."""

from __future__ import annotations

from collections.abc import Sequence

from ollama_cli.terminal.escapes import on_one_line

_WIDEST = 48
"""Characters of a column; a longer cell shifts the rest of its line only."""


def table(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells in columns, safe for a terminal.

    Args:
        lines: the first has the titles; a line may have fewer cells than these. The last cell of
            a line does not widen its column.
    """
    shown = [[on_one_line(cell) for cell in line] for line in lines]
    widths = [0] * max(map(len, shown), default=0)
    for line in shown:
        for column, cell in enumerate(line[:-1]):
            widths[column] = max(widths[column], min(len(cell), _WIDEST))
    rows = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in shown)
    return "".join(f"{row}\n" for row in rows)
