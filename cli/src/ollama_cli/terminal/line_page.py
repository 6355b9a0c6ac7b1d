"""The text of an answer in whole lines, as a screen reader reads it."""

from __future__ import annotations

from collections.abc import Callable


class LinePage:
    """The text as it is; a line is written when it is complete.

    Args:
        on_text: is called when some of the text has arrived.
    """

    def __init__(self, on_text: Callable[[], object] = lambda: None) -> None:
        self.notes: list[str] = []
        self._on_text = on_text
        self._line: list[str] = []

    def feed(self, text: str) -> str:
        """Return the lines that a piece completes."""
        if text:
            self._on_text()
        before, newline, rest = text.rpartition("\n")
        if not newline:
            self._line.append(rest)
            return ""
        lines = "".join([*self._line, before, newline])
        self._line = [rest]
        return lines

    def end(self) -> str:
        """Return the line that has no end, with one."""
        line, self._line = "".join(self._line), []
        return f"{line}\n" if line else ""
