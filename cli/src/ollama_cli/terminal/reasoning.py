"""Reasoning on standard error, apart from the answer."""

from __future__ import annotations

import sys

from ollama_cli.terminal.escapes import EscapeFilter
from ollama_cli.terminal.pages import shows_styles

_DIM, _NORMAL = "\x1b[2m", "\x1b[0m"


class Reasoning:
    """Shows it as it arrives: dim on a terminal, elsewhere in whole lines.

    Args:
        plain: whether a terminal gets whole lines without styles, too.
    """

    def __init__(self, *, plain: bool = False) -> None:
        self._clean = EscapeFilter().feed
        self._is_dim = not plain and shows_styles(sys.stderr)
        self._line: list[str] = []

    def feed(self, text: str) -> None:
        """Show a piece; elsewhere than on a terminal, a line waits until it is complete."""
        text = self._clean(text)
        before, newline, rest = text.rpartition("\n")
        if self._is_dim and text:
            _write(f"{_DIM}{text}{_NORMAL}")
        elif newline:
            _write("".join([*self._line, before, newline]))
        self._line = [rest] if newline else [*self._line, rest]

    def end(self) -> None:
        """End the last line, because text follows."""
        line, self._line = "".join(self._line), []
        if line:
            _write("\n" if self._is_dim else f"{line}\n")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
