"""The text of an answer in whole lines, as a screen reader reads it."""

from __future__ import annotations


class LinePage:
    """The text as it is; a line is written when it is complete."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._line: list[str] = []

    def feed(self, text: str) -> str:
        """Return the lines that a piece completes."""
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
