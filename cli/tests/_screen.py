"""A terminal emulator for tests: pyte's, where it falls short of the terminals people use."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pyte
from pyte.screens import Char, StaticDefaultDict
from wcwidth import wcwidth

Row = dict[int, Char]


class Screen(pyte.HistoryScreen):
    """The screen of a terminal, with all lines that scrolled away.

    Args:
        columns: how wide it is.
        rows: how high it is.
        reply: takes what the terminal answers, such as where its cursor is.
        reflows: whether lines that were wrapped are wrapped anew when the width changes, as most
            terminals do; else they are cut, as xterm does.
    """

    def __init__(
        self, columns: int, rows: int, reply: Callable[[str], None], *, reflows: bool = False
    ) -> None:
        super().__init__(columns, rows, history=100_000, ratio=0.5)
        self.reply = reply
        self.reflows = reflows
        self._wraps = False

    def write_process_input(self, data: str) -> None:
        """Answer the program."""
        self.reply(data)

    def draw(self, data: str) -> None:
        """Show text; what has no width joins the character before it.

        pyte drops the rest of a text after a joiner or a variation selector.
        """
        for char in data:
            if wcwidth(char) == 0 and not unicodedata.combining(char):
                self._join(char)
                continue
            self._wraps = True
            super().draw(char)
            self._wraps = False

    def linefeed(self) -> None:
        """Go to the next line; remember if the one before goes on there."""
        self.buffer[self.cursor.y].wraps = self._wraps
        super().linefeed()

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        """Erase; a line without an end does not go on in the next one."""
        super().erase_in_line(how, private)
        if how != 1:
            self.buffer[self.cursor.y].wraps = False

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        """Erase; as ``erase_in_line``."""
        super().erase_in_display(how, *args, **kwargs)
        if how != 1:
            for row in range(self.cursor.y if how == 0 else 0, self.lines):
                self.buffer[row].wraps = False

    def set_size(self, columns: int, rows: int) -> None:
        """Change the size; what does not fit scrolls away at the top."""
        rewraps = self.reflows and columns != self.columns
        lines, place, offset = self._logical() if rewraps else self._physical()
        if columns < self.columns and not rewraps:
            _cut(self._all_rows(), columns)
        self.columns = columns
        found: list[Row] = []
        cursor = (0, 0)
        for number, line in enumerate(lines):
            pieces = _pieces(line, columns) if rewraps else [line]
            for piece, first in pieces:
                if number == place and first <= offset:
                    cursor = (len(found), offset - first)
                found.append(piece)
        self._show(found, rows, cursor)

    def _join(self, char: str) -> None:
        row = self.buffer[self.cursor.y]
        column = self.cursor.x - 1
        while column > 0 and not row[column].data:
            column -= 1
        if column >= 0:
            row[column] = row[column]._replace(data=row[column].data + char)

    def _physical(self) -> tuple[list[Any], int, int]:
        return (
            [(row, 0) for row in self._all_rows()],
            len(self.history.top) + self.cursor.y,
            self.cursor.x,
        )

    def _all_rows(self) -> list[Any]:
        return [*self.history.top, *(self.buffer[row] for row in range(self._used()))]

    def _logical(self) -> tuple[list[list[Char]], int, int]:
        """Return the lines as they were before wrapping; and which has the cursor, and where."""
        lines: list[list[Char]] = [[]]
        place = offset = 0
        for number, row in enumerate(self._all_rows()):
            if number == len(self.history.top) + self.cursor.y:
                place, offset = len(lines) - 1, len(lines[-1]) + self.cursor.x
            width = self.columns if getattr(row, "wraps", False) else max(row, default=-1) + 1
            lines[-1] += [row[column] for column in range(width)]
            if not getattr(row, "wraps", False):
                lines.append([])
        return lines[:-1] if not lines[-1] else lines, place, offset

    def _used(self) -> int:
        filled = [row for row in range(self.lines) if _text(self.buffer[row])]
        return max([*filled, self.cursor.y]) + 1

    def _show(self, rows: list[Row], height: int, cursor: tuple[int, int]) -> None:
        first = max(0, len(rows) - height)
        self.history.top.clear()
        self.history.top.extend(rows[:first])
        self.buffer.clear()
        self.buffer.update(enumerate(rows[first:]))
        self.lines = height
        self.set_margins()
        self.cursor.y = max(0, cursor[0] - first)
        self.cursor.x = min(cursor[1], self.columns - 1)

    @property
    def rows(self) -> list[str]:
        """All lines, those that scrolled away too, without the spaces at their ends."""
        past = [_text(row) for row in self.history.top]
        return [*past, *(_text(self.buffer[row]) for row in range(self.lines))]


def _text(row: Row) -> str:
    return "".join(row[column].data for column in range(max(row, default=-1) + 1)).rstrip()


def _cut(rows: list[Any], columns: int) -> None:
    for row in rows:
        for column in [each for each in row if each >= columns]:
            del row[column]


def _pieces(line: list[Char], columns: int) -> list[tuple[Any, int]]:
    """Return the rows of a line, and of each where in the line it begins."""
    cells = list(line)
    while cells and cells[-1].data == " " and cells[-1].bg == "default":
        cells.pop()
    found: list[tuple[Any, int]] = []
    first = 0
    while first < len(cells) or not found:
        end = min(first + columns, len(cells))
        if end < len(cells) and not cells[end].data:
            end -= 1  # a wide character stands in one row
        row = StaticDefaultDict(Char(data=" "))
        row.update(enumerate(cells[first:end]))
        row.wraps = end < len(cells)
        found.append((row, first))
        first = max(end, first + 1)
    return found
