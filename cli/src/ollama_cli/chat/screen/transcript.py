"""What is written while the chat is open: whole lines for good, and the line that is open."""

from __future__ import annotations

import re
import threading

from ollama_cli.chat.screen.open_line import OpenLine
from ollama_cli.chat.screen.sequences import NORMAL, SGR, Sequences, Style

_BREAKS = re.compile(r"(\r?\n|\r)")


class Transcript:
    """Takes text in pieces, from any thread; returns each complete line once.

    Attributes:
        ends_blank: whether the last complete line shows nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequences = Sequences()
        self._open = OpenLine()
        self._style = Style()
        self._done: list[str] = []
        self._returned = False
        self.ends_blank = True  # before the first line there is nothing to keep apart

    def feed(self, text: str) -> None:
        """Take a piece."""
        with self._lock:
            text = self._sequences.feed(text)
            if "\n" in text or "\r" in text:
                for part in _BREAKS.split(text):
                    self._part(part)
            else:
                self._text(text)

    def end_line(self) -> None:
        """End the open line, if there is one."""
        with self._lock:
            if self._open:
                self._end_line()

    def separate(self) -> None:
        """Make what follows stand apart from what is there, by one blank line."""
        with self._lock:
            if self._open:
                self._end_line()
            if not self.ends_blank:
                self._end_line()

    def take(self, most: int | None = None) -> str:
        """Return lines that are complete and were not returned before, as a terminal takes them.

        Args:
            most: characters after which the line is the last one; ``None`` takes all.
        """
        with self._lock:
            count, size = 0, 0
            while count < len(self._done) and (most is None or size < most):
                size += len(self._done[count])
                count += 1
            taken, self._done = self._done[:count], self._done[count:]
        return "".join(taken)

    @property
    def has_lines(self) -> bool:
        """Whether ``take`` would return something."""
        return bool(self._done)

    def rows(self, width: int) -> list[str]:
        """Return the last rows of the open line on a terminal of so many columns."""
        with self._lock:
            return self._open.rows(width)

    def _part(self, part: str) -> None:
        if part == "\r":
            self._returned = True  # what follows takes the place of what is there
        elif part.endswith("\n"):
            self._end_line()
        else:
            self._text(part)

    def _text(self, text: str) -> None:
        if self._returned and text:
            self._open.take()
            self._returned = False
        if text and not self._open and (style := str(self._style)):
            self._open.feed(style)
        self._open.feed(text)
        self._style.feed(text)

    def _end_line(self) -> None:
        self._returned = False
        line = self._open.take()
        self.ends_blank = not SGR.sub("", line).strip()
        end = f"{NORMAL}\r\n" if "\x1b" in line else "\r\n"
        self._done.append(line + end)
