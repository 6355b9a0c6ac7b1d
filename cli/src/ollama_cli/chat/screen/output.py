"""The terminal, as prompt_toolkit writes to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output.vt100 import Vt100_Output

from ollama_cli.processes.streams import OutputError

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Around an update that is to be shown at once (DEC private mode 2026); else they mean nothing."""

_USUAL = Size(rows=24, columns=80)


class ScreenOutput(Vt100_Output):
    """Writes each update at once, and never asks the terminal for anything.

    Args:
        stream: the terminal.

    Attributes:
        on_gone: is called if the terminal takes nothing any more, for example as it was closed.
    """

    def __init__(self, stream: TextIO) -> None:
        self.on_gone: Callable[[], object] = lambda: None
        super().__init__(stream, self._size_of_terminal, os.environ.get("TERM"), enable_cpr=False)
        self._together = 0
        self._pastes_marked = False

    @contextmanager
    def together(self) -> Iterator[None]:
        """Return a context in which nothing is written before its end."""
        self._together += 1
        try:
            yield
        finally:
            self._together -= 1
            self.flush()

    def flush(self) -> None:
        """Write what was collected, unless the terminal is gone."""
        if self._together or not self._buffer:
            return
        self._buffer = [_BEGIN, *self._buffer, _END]
        try:
            super().flush()
        except (OSError, OutputError):
            self.on_gone()

    def abandon(self, last: str) -> None:
        """Forget what was collected, and write something else."""
        self._buffer = [last]
        self._together = 0
        self.flush()

    def forget(self) -> None:
        """Take nothing for granted: something else had the terminal."""
        self._pastes_marked = False
        self._cursor_visible = None

    def show_cursor(self) -> None:
        """Show the cursor, which blinks or not as the user wants it."""
        if not self._cursor_visible:
            self._cursor_visible = True
            self.write_raw("\x1b[?25h")

    def enable_bracketed_paste(self) -> None:
        """Let the terminal mark pastes, unless it does."""
        if not self._pastes_marked:
            self._pastes_marked = True
            super().enable_bracketed_paste()

    def disable_bracketed_paste(self) -> None:
        """Let the terminal mark no pastes; not within an update, which would go on with it."""
        if not self._together:
            self._pastes_marked = False
            super().disable_bracketed_paste()

    def _size_of_terminal(self) -> Size:
        try:
            columns, rows = os.get_terminal_size(self.stdout.fileno())
        except (OSError, ValueError):
            return _USUAL
        return Size(rows=rows or _USUAL.rows, columns=columns or _USUAL.columns)
