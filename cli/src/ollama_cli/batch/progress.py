"""Progress on standard error: a bar on a terminal, else a line every ten seconds."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from provider_sdk.bulk import Progress

from ollama_cli.batch.bar import ASCII, BLOCKS, bar_line
from ollama_cli.terminal.output import print_err, print_err_json
from ollama_cli.terminal.visible import visible

VARIABLES = {"TERM": "a terminal that is called dumb gets whole lines instead of a bar"}
"""The variable that is read here, and what it does."""

_REDRAW_S = 0.1
_LINE_S = 10.0
_USUAL_WIDTH = 80
_LEAST_WIDTH = 20


class ProgressView:
    """Shows how far a run is.

    On a terminal it is one line that changes, and goes away at the end. A terminal that cannot go
    back in a line gets a line of text every ten seconds. Elsewhere each ten seconds have one JSON
    object, which ``batch-events.schema.json`` describes as ``progress``.

    Args:
        clock: returns the seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._is_terminal = sys.stderr.isatty()
        self._is_drawn = self._is_terminal and os.environ.get("TERM") != "dumb"
        self._drawn = 0
        self._next_at: float | None = None
        self._last: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._clear()
        self._last = None

    def show(self, progress: Progress) -> None:
        """Show how far the run is, unless that was shown just now."""
        now = self._clock()
        self._last = progress
        if self._next_at is None:
            self._next_at = now if self._is_drawn else now + _LINE_S
        if now < self._next_at:
            return
        if self._is_drawn:
            self._next_at = now + _REDRAW_S
            self._draw(progress)
        else:
            self._next_at = now + _LINE_S
            self._write_line(progress)

    def say(self, text: str) -> None:
        """Write a line of text above the bar; names of files may be in it."""
        self._clear()
        print_err(visible(text))
        if self._is_drawn and self._last is not None:
            self._draw(self._last)

    def _draw(self, progress: Progress) -> None:
        width = _width()
        # The last column stays free: some terminals begin a new line after it.
        line = bar_line(progress, width - 1, _blocks())
        _write(f"{self._back(width)}{line}")
        self._drawn = len(line)

    def _write_line(self, progress: Progress) -> None:
        if self._is_terminal:
            print_err(bar_line(progress, _USUAL_WIDTH - 1, ASCII))
        else:
            print_err_json({"type": "progress", **progress.to_dict()})

    def _clear(self) -> None:
        if self._drawn:
            _write(self._back(_width()))
            self._drawn = 0

    def _back(self, width: int) -> str:
        """Return what goes back to the beginning of the bar, and clears it.

        A terminal that has become narrower shows it on several rows.
        """
        rows = max(-(-self._drawn // width) - 1, 0)
        up = f"\x1b[{rows}A" if rows else ""
        return f"\r{up}\x1b[J" if self._drawn else "\r"


def _blocks() -> Sequence[str]:
    try:
        "".join(BLOCKS).encode(sys.stderr.encoding or "utf-8")
    except UnicodeEncodeError:
        return ASCII
    return BLOCKS


def _width() -> int:
    """Return how many columns the terminal has now; it may change while a run goes on."""
    try:
        found = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        found = 0
    return max(found or _USUAL_WIDTH, _LEAST_WIDTH)


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
