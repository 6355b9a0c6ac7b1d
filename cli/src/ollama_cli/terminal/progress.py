"""A line on standard error that shows how far something is."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from ollama_cli.terminal.output import print_err

_EVERY_S = 0.1
_STEP = 10
_WIDTH = 60


class ProgressLine:
    """Shows a status and the share of it that is done.

    On a terminal it is one line that changes, and goes away at the end. Elsewhere it is a plain
    line for each new status, and for each tenth of it.
    """

    def __init__(self) -> None:
        self._on_terminal = sys.stderr.isatty()
        self._shown: tuple[str, int] | None = None
        self._next_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._on_terminal and self._shown is not None:
            _write("\r\x1b[K")

    def show(self, status: str, share: float | None) -> None:
        """Show a status that is safe for a terminal, and the share from 0 to 1 that is done."""
        status = status[:_WIDTH]
        percent = -1 if share is None else int(100 * share)
        if self._on_terminal:
            self._draw(status, percent)
        else:
            self._print(status, percent)

    def _draw(self, status: str, percent: int) -> None:
        is_new = self._shown is None or self._shown[0] != status
        now = time.monotonic()
        if (status, percent) != self._shown and (is_new or now >= self._next_at):
            self._shown, self._next_at = (status, percent), now + _EVERY_S
            _write(f"\r\x1b[K{_text(status, percent)}")

    def _print(self, status: str, percent: int) -> None:
        step = percent // _STEP * _STEP if percent >= 0 else percent
        if (status, step) != self._shown:
            self._shown = (status, step)
            print_err(_text(status, step))


def _text(status: str, percent: int) -> str:
    return f"{status} {percent} %" if percent >= 0 else status


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
