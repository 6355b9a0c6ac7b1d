"""Lays out styled text in lines of a terminal while it arrives; a line that is out stays."""

from __future__ import annotations

import re
from collections.abc import Callable

from ollama_cli.terminal.markdown.looks import NO_STYLE
from ollama_cli.terminal.markdown.widths import width_of, width_of_character

Piece = tuple[str, str]
"""A style and a text."""

LEAST_WIDTH = 20

_TOKENS = re.compile(r"\n|[ \t]+|[^\n \t]+")
_SKINS = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_JOINER = "\u200d"
_NOT_FIRST = frozenset(f"、。，．・：；？！）〉》」』】〕〗”’…ー々{_SKINS}")  # noqa: RUF001 - these are the characters
_NOT_LAST = frozenset(f"（〈《「『【〔〖“‘{_JOINER}")  # noqa: RUF001


class Wrapper:
    """Breaks lines between words, and between characters as wide as two.

    A word is written when it is complete, so that nothing is ever taken back; one that is too long
    for a line is written as it comes, and the terminal wraps it. No line ends in a space, and
    between two calls of ``take`` no style is left open.

    Args:
        width: returns the columns of the terminal; it may change.
    """

    def __init__(self, width: Callable[[], int]) -> None:
        self._width = width
        self._out: list[str] = []
        self._style = NO_STYLE
        self._start: list[Piece] = []
        self._next: list[Piece] = []
        self._column = 0
        self._is_empty = True  # nothing of this line but what each begins with
        self._spaces = 0
        self._space_style = NO_STYLE
        self._word: list[Piece] = []
        self._word_width = 0
        self._last = ""  # character of the word, also if that is out already
        self._limit = LEAST_WIDTH
        self._overflows = False

    def take(self) -> str:
        """Return what is to be written."""
        self._set_style(NO_STYLE)
        out, self._out = "".join(self._out), []
        return out

    def begin(self, first: list[Piece], following: list[Piece]) -> None:
        """Begin a block.

        Args:
            first: what its first line begins with.
            following: what the others begin with.
        """
        self._next = following
        self._begin_line(first)

    def text(self, style: str, text: str) -> None:
        """Add text in a style; a newline in it begins a line."""
        for token in _TOKENS.findall(text):
            if token == "\n":
                self.end_word()
                self._end_line()
                self._begin_line(self._next)
            elif token[0] in " \t":
                self.end_word()
                self._space_style = style
                self._spaces += len(token)
            elif token.isascii() and self._last.isascii():
                self._add(style, token, len(token))
            else:
                self._add_characters(style, token)

    def end_word(self) -> None:
        """Write the word that is complete."""
        self._place_word()
        self._overflows = False
        self._last = ""

    def end(self) -> None:
        """End the block and its last line."""
        self.end_word()
        self._end_line()

    def line(self, pieces: list[Piece]) -> None:
        """Write a line that is not wrapped."""
        for style, text in pieces:
            self._emit(style, text)
        self._emit(NO_STYLE, "\n")

    def write(self, lines: str) -> None:
        """Write whole lines that are laid out already."""
        self._emit(NO_STYLE, lines)

    def verbatim(self, style: str, text: str) -> None:
        """Write text as it is; a style never goes beyond a line."""
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if number:
                self._emit(NO_STYLE, "\n")
            if line:
                self._emit(style, line)

    # Words.

    def _add_characters(self, style: str, token: str) -> None:
        start = 0
        for place, character in enumerate(token):
            before = token[place - 1] if place else self._last
            if before and _may_break(before, character):
                self._add(style, token[start:place], width_of(token[start:place]))
                self.end_word()
                start = place
        self._add(style, token[start:], width_of(token[start:]))

    def _add(self, style: str, text: str, width: int) -> None:
        if not text:
            return
        self._word.append((style, text))
        self._last = text[-1]
        self._word_width += width
        if self._overflows or self._word_width > self._limit:
            self._place_word()
            self._overflows = True

    def _place_word(self) -> None:
        if not self._word:
            return
        room = self._limit - self._column - self._spaces
        if not self._overflows and self._word_width > room and not self._is_empty:
            self._end_line()
            self._begin_line(self._next)
        if self._is_empty:
            self._write_start(is_alone=False)
            self._is_empty = False
        is_within = self._space_style == self._word[0][0]
        self._emit(self._space_style if is_within else NO_STYLE, " " * self._spaces)
        self._column += self._spaces + self._word_width
        for style, text in self._word:
            self._emit(style, text)
        self._spaces, self._word, self._word_width = 0, [], 0

    # Lines.

    def _begin_line(self, pieces: list[Piece]) -> None:
        self._start = pieces
        self._column = 0
        self._is_empty = True
        self._spaces = 0
        before = sum(width_of(text) for _, text in pieces)
        self._limit = max(self._width() - before, LEAST_WIDTH // 2)

    def _end_line(self) -> None:
        if self._is_empty:
            self._write_start(is_alone=True)
        self._emit(NO_STYLE, "\n")

    def _write_start(self, *, is_alone: bool) -> None:
        for style, text in self._start:
            self._emit(style, text.rstrip() if is_alone else text)

    # Styles.

    def _emit(self, style: str, text: str) -> None:
        if text:
            self._set_style(style)
            self._out.append(text)

    def _set_style(self, style: str) -> None:
        if style != self._style:
            if self._style:
                self._out.append("\x1b[0m")
            if style:
                self._out.append(f"\x1b[{style}m")
            self._style = style


def _may_break(before: str, after: str) -> bool:
    if before in _NOT_LAST or after in _NOT_FIRST or width_of_character(after) == 0:
        return False
    return width_of_character(before) == 2 or width_of_character(after) == 2
