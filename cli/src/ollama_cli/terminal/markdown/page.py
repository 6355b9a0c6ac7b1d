"""The page of a terminal: Markdown in, styled lines out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from ollama_cli.terminal.markdown.blocks import BlockSplitter
from ollama_cli.terminal.markdown.inline import Inline
from ollama_cli.terminal.markdown.looks import (
    BOLD,
    DIM,
    NO_STYLE,
    UNDERLINE,
    Look,
    look_of_terminal,
    together,
)
from ollama_cli.terminal.markdown.sink import Block
from ollama_cli.terminal.markdown.wrapping import LEAST_WIDTH, Piece, Wrapper

_USUAL_WIDTH = 80
_LONGEST_RULE = 40
_MOST_ROWS = 200
"""Rows of a table after which what is there is shown, and the header once more."""


def width_of_terminal() -> int:
    """Return the columns of the terminal, which may have changed since the last time."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return max(columns or _USUAL_WIDTH, LEAST_WIDTH)


class MarkdownPage:
    """Lays out Markdown for a terminal while it arrives; nothing that is out is changed again.

    Code is written as it is, so that it can be copied.

    Args:
        look: how it looks; by default as the terminal can and its user wants.
        width: returns the columns of the terminal.
    """

    def __init__(
        self, look: Look | None = None, width: Callable[[], int] = width_of_terminal
    ) -> None:
        self.notes: list[str] = []
        self._painter = _Painter(look or look_of_terminal(), width)
        self._blocks = BlockSplitter(self._painter)

    def feed(self, text: str) -> str:
        """Take a piece; return what can be written now."""
        self._blocks.feed(text)
        return self._painter.lines.take()

    def end(self) -> str:
        """Return the rest."""
        self._blocks.end()
        return self._painter.lines.take()


class _Painter:
    """Paints the blocks that it is told as lines."""

    def __init__(self, look: Look, width: Callable[[], int]) -> None:
        self.lines = Wrapper(width)
        self._look = look
        self._width = width
        self._block = Block("paragraph")
        self._inline = Inline(look)
        self._rows: list[list[str]] = []
        self._goes_on = False  # a part of the table is out
        self._gap: int | None = None  # a blank line to come, and the block quotes that it is in
        self._is_first = True
        self._mid_line = False

    def begin(self, block: Block) -> None:
        """Begin a block."""
        self._fill_gap(block.quotes)
        self._block = block
        if block.kind == "code":
            self._fence(block.marker)
        elif block.kind != "table":
            first, following = self._beginnings(block)
            self._inline = Inline(self._look, _style_of(block))
            self.lines.begin(first, following)

    def text(self, text: str) -> None:
        """Paint more of the text."""
        if self._block.kind == "code":
            self.lines.verbatim(self._look.code, text)
            self._mid_line = not text.endswith("\n")
            return
        for style, part in self._inline.feed(text):
            self.lines.text(style, part)

    def end_line(self) -> None:
        """Write the last word of a line, unless a span that is not complete goes on there."""
        if not self._inline.is_holding:
            self.lines.end_word()

    def row(self, row: list[str]) -> None:
        """Keep a row until the table can be laid out."""
        self._rows.append(row)
        if len(self._rows) > _MOST_ROWS:
            self._table()
            self._rows = [self._rows[0]]
            self._goes_on = True

    def end(self, last_line: str) -> None:
        """End the block."""
        kind = self._block.kind
        if kind == "code":
            if self._mid_line:
                self.lines.line([])
                self._mid_line = False
            self._fence(last_line)
        elif kind == "table":
            if not self._goes_on or len(self._rows) > 1:
                self._table()
            self._rows = []
            self._goes_on = False
        else:
            for style, part in self._inline.end():
                self.lines.text(style, part)
            self.lines.end()

    def blank(self, quotes: int) -> None:
        """Note a blank line; several are one, and none begins or ends the page."""
        if not self._is_first:
            self._gap = quotes if self._gap is None else min(quotes, self._gap)

    def rule(self, quotes: int) -> None:
        """Paint a thematic break."""
        self._fill_gap(quotes)
        length = min(self._width() - 2 * quotes, _LONGEST_RULE)
        self.lines.line([*self._bars(quotes), (DIM, self._look.line * length)])

    def _beginnings(self, block: Block) -> tuple[list[Piece], list[Piece]]:
        """Return what the first line of a block begins with, and the others."""
        bars = self._bars(block.quotes)
        room = self._width() // 2 - 2 * block.quotes
        indent = " " * max(min(block.indent, room), 0)
        if block.kind != "item":
            return [*bars, (NO_STYLE, indent)], [*bars, (NO_STYLE, indent)]
        marker = self._look.bullet if block.marker in "-*+" else block.marker
        hanging = indent + " " * (len(marker) + 1)
        return [*bars, (NO_STYLE, f"{indent}{marker} ")], [*bars, (NO_STYLE, hanging)]

    def _bars(self, quotes: int) -> list[Piece]:
        most = self._width() // 4
        return [(DIM, f"{self._look.bar} ")] * min(quotes, most)

    def _fence(self, fence: str) -> None:
        if fence:
            self.lines.line([(DIM, fence)])

    def _table(self) -> None:
        from ollama_cli.terminal.markdown.tables import table_text

        width = self._width()
        self.lines.write(table_text(self._rows, self._block.align, width, self._look))

    def _fill_gap(self, quotes: int) -> None:
        if self._gap is not None:
            bars = self._bars(min(quotes, self._gap))
            self.lines.line([(DIM, "".join(text for _, text in bars).rstrip())])
        self._gap = None
        self._is_first = False


def _style_of(block: Block) -> str:
    if block.kind != "heading":
        return NO_STYLE
    return together(BOLD, UNDERLINE) if block.level == 1 else BOLD
