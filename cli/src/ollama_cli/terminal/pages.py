"""How the text of an answer looks: as it is, its code alone, or laid out for a terminal."""

from __future__ import annotations

import os
import sys
from typing import Protocol

VARIABLES = {
    "TERM": "the kind of terminal; with dumb, answers are written as the model wrote them",
    "WT_SESSION": "on Windows, its terminal sets this, and so answers are laid out without TERM",
}
"""The variables that are read here, and what they do."""


class Page(Protocol):
    """Turns the text of one answer, which arrives in pieces, into what is written.

    Attributes:
        notes: what to say about it once it is complete, a line each.
    """

    notes: list[str]

    def feed(self, text: str) -> str:
        """Take a piece; return what can be written now."""

    def end(self) -> str:
        """Return the rest; nothing if it was returned before."""


def make_page(*, raw: bool, extract_code: bool, to_file: bool, plain: bool = False) -> Page:
    """Return the page for what is asked, and for where it is written.

    Args:
        raw: whether the text must stay as the model wrote it.
        extract_code: whether only the first code block is wanted.
        to_file: whether a file takes it, rather than standard output.
        plain: whether it comes in whole lines, as the model wrote them.
    """
    if extract_code:
        from ollama_cli.terminal.code import CodePage

        return CodePage()
    if plain:
        from ollama_cli.terminal.line_page import LinePage

        return LinePage()
    if not raw and not to_file and shows_styles(sys.stdout):
        from ollama_cli.terminal.markdown.page import MarkdownPage

        return MarkdownPage()
    return PlainPage()


def shows_styles(stream: object) -> bool:
    """Whether a stream is a terminal that understands styles."""
    is_terminal = getattr(stream, "isatty", bool)
    if os.environ.get("TERM", "") in ("", "dumb") and "WT_SESSION" not in os.environ:
        return False  # Windows has no TERM; its older consoles show styles as garbage
    return bool(is_terminal())


class PlainPage:
    """The text as it is; its last line is ended."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._mid_line = False

    def feed(self, text: str) -> str:
        """Return the piece."""
        if text:
            self._mid_line = not text.endswith("\n")
        return text

    def end(self) -> str:
        """Return the end of the last line, if that is open."""
        is_open, self._mid_line = self._mid_line, False
        return "\n" if is_open else ""
