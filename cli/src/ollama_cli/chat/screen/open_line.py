"""The line that is not complete yet, as the rows of a terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ollama_cli.chat.screen.sequences import SGR, Style
from ollama_cli.terminal.markdown.widths import width_of_character

MOST_ROWS = 3
"""Rows of the line that are shown, its last ones."""

_TAB = 8


class OpenLine:
    """Takes the pieces of a line, and returns its last rows.

    Each piece is laid out once, however long the line gets.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._width = 80
        self._rows = _Rows(self._width)

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def feed(self, text: str) -> None:
        """Add a piece, which has no line break and no sequence but styles."""
        if text:
            self._pieces.append(text)
            self._rows.feed(text)

    def take(self) -> str:
        """Return the whole line, and begin an empty one."""
        line = "".join(self._pieces)
        self._pieces = []
        self._rows = _Rows(self._width)
        return line

    def rows(self, width: int) -> list[str]:
        """Return the last rows, with their styles, on a terminal of so many columns."""
        if width != self._width:
            self._width = width
            self._rows = _Rows(width)
            self._rows.feed("".join(self._pieces))
        return self._rows.last()


class _Rows:
    def __init__(self, width: int) -> None:
        self._width = max(width, 2)
        self._rows: deque[list[str]] = deque([[]], maxlen=MOST_ROWS)
        self._column = 0
        self._style = Style()

    def feed(self, text: str) -> None:
        for is_style, part in _parts(text):
            if is_style:
                self._style.feed(part)
                self._rows[-1].append(part)
            elif part.isascii() and "\t" not in part:
                self._ascii(part)
            else:
                for character in part:
                    self._character(character)

    def last(self) -> list[str]:
        return ["".join(row) for row in self._rows if row]

    def _ascii(self, text: str) -> None:
        while text:
            if self._column >= self._width:
                self._begin_row()
            room = self._width - self._column
            self._rows[-1].append(text[:room])
            self._column += len(text[:room])
            text = text[room:]

    def _character(self, character: str) -> None:
        if character == "\t":
            to_next_stop = _TAB - self._column % _TAB
            self._ascii(" " * min(to_next_stop, max(self._width - self._column, 0)))
            return
        width = width_of_character(character)
        if width and self._column + width > self._width:
            self._begin_row()
        self._rows[-1].append(character)
        self._column += width

    def _begin_row(self) -> None:
        self._rows.append([str(self._style)])
        self._column = 0


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a text, and whether each is a style."""
    at = 0
    for found in SGR.finditer(text):
        if found.start() > at:
            yield False, text[at : found.start()]
        yield True, found[0]
        at = found.end()
    if at < len(text):
        yield False, text[at:]
