"""The rows at the bottom: the open line, what waits, what is being done, the input, the status."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prompt_toolkit.application.current import get_app
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.layout import Layout
from prompt_toolkit.layout.containers import (
    AnyContainer,
    ConditionalContainer,
    Float,
    FloatContainer,
    HSplit,
    Window,
)
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.styles import Style

from ollama_cli.chat.screen.cutting import broken, cut
from ollama_cli.chat.screen.state import State
from ollama_cli.chat.screen.transcript import Transcript
from ollama_cli.terminal.pairs import wrapped

STYLE = Style.from_dict(
    {
        "prompt": "bold",
        "queued": "dim",
        "working": "dim",
        "hint": "dim",
        "status": "dim",
        "question": "bold",
        "fold": "reverse",
        "escape": "reverse",
        "completion-menu": "noinherit",
        "completion-menu.completion": "noinherit reverse",
        "completion-menu.completion.current": "noinherit bold",
        "completion-menu.meta.completion": "noinherit reverse",
        "completion-menu.meta.completion.current": "noinherit bold",
        "scrollbar.background": "noinherit reverse",
        "scrollbar.button": "noinherit reverse",
        "scrollbar.arrow": "noinherit",
        "search-toolbar": "dim",
    }
)
"""No colors, which would be hard to read on some backgrounds."""

_MOST_QUEUED = 3
_MENU_ROWS = 8
_NARROW = 40
_SHORT = 8
"""On a terminal with fewer rows only the input and one more row are shown."""


class Rows:
    """Says what is in each row.

    There are few windows, because prompt_toolkit takes its time for each of them, at every key.

    Args:
        state: what is shown.
        transcript: has the open line.
    """

    def __init__(self, state: State, transcript: Transcript) -> None:
        self._state = state
        self._transcript = transcript

    def layout(self, typing: AnyContainer, menus: Sequence[Float], focus: Window) -> Layout:
        """Return the layout around an input.

        Args:
            typing: the input.
            menus: what floats over all.
            focus: the window that takes keys.
        """
        asks = Condition(lambda: self._state.question is not None)
        rows = HSplit(
            [
                _window(self._above, is_last=False),
                ConditionalContainer(typing, ~asks),
                _window(self._below, is_last=True),
            ]
        )
        return Layout(FloatContainer(rows, list(menus)), focus)

    def _above(self, columns: int, is_short: bool) -> list[StyleAndTextTuples]:
        rows = self._live(columns, is_short)
        waiting = [] if is_short else self._queued(columns)
        waiting += self._working(columns, is_short)
        is_apart = self._transcript.ends_blank and not rows
        if waiting and waiting[0] and not is_apart and not is_short:
            rows.append([])
        return rows + waiting + self._question(columns)

    def _question(self, columns: int) -> list[StyleAndTextTuples]:
        if self._state.question is None:
            return []
        lines = wrapped(f"{self._state.question} [y/N]", columns - 1)
        rows = (row for line in lines for row in broken(line, columns - 1))
        return [[("class:question", row)] for row in rows]

    def _below(self, columns: int, is_short: bool) -> list[StyleAndTextTuples]:
        completions = get_app().current_buffer.complete_state
        if completions is not None and not is_short:
            # The menu floats here, and needs the room.
            return [[] for _ in completions.completions[:_MENU_ROWS]]
        if self._state.status and not is_short:
            return [_row("class:status", self._state.status, columns)]
        return []

    def _live(self, columns: int, is_short: bool) -> list[StyleAndTextTuples]:
        rows = self._transcript.rows(columns)
        return [_styled(row) for row in (rows[-1:] if is_short else rows)]

    def _queued(self, columns: int) -> list[StyleAndTextTuples]:
        if self._state.wants_entry:
            return []
        waiting = list(self._state.queue)
        lines = [f"queued: {entry.shown}" for entry in waiting[:_MOST_QUEUED]]
        if len(waiting) > _MOST_QUEUED:
            lines.append(f"and {len(waiting) - _MOST_QUEUED} more")
        return [_row("class:queued", line, columns) for line in lines]

    def _working(self, columns: int, is_short: bool) -> list[StyleAndTextTuples]:
        """Return what is being done; or a blank row, which keeps the input apart.

        While a question waits, nothing is done, and Ctrl-C answers it.
        """
        state = self._state
        work = ""
        if state.work is not None and state.question is None:
            work = state.work.line(is_short=columns < _NARROW)
        if line := state.hint or work:
            return [_row("class:hint" if state.hint else "class:working", line, columns)]
        is_apart = state.work is None and self._transcript.ends_blank
        return [] if is_apart or is_short else [[]]


def _window(rows: Callable[[int, bool], list[StyleAndTextTuples]], *, is_last: bool) -> Window:
    """Return a window with these rows, each of which fits the width.

    The last one takes the rows that nothing needs any more, until lines are printed above.
    """
    shown = _OncePerFrame(rows)

    def text() -> StyleAndTextTuples:
        found = shown()
        return [each for row in found[:-1] for each in (*row, ("", "\n"))] + [
            each for row in found[-1:] for each in row
        ]

    return Window(
        FormattedTextControl(text),
        height=lambda: Dimension(min=len(shown()), preferred=len(shown())),
        always_hide_cursor=True,
        dont_extend_height=not is_last,
    )


class _OncePerFrame:
    """Makes the rows once for each time that the screen is drawn."""

    def __init__(self, rows: Callable[[int, bool], list[StyleAndTextTuples]]) -> None:
        self._make = rows
        self._frame = -1
        self._rows: list[StyleAndTextTuples] = []

    def __call__(self) -> list[StyleAndTextTuples]:
        app = get_app()
        if app.render_counter != self._frame:
            size = app.output.get_size()
            self._rows = self._make(size.columns, size.rows < _SHORT)
            self._frame = app.render_counter
        return self._rows


def _row(style: str, line: str, columns: int) -> StyleAndTextTuples:
    return [(style, cut(line, columns - 1))]


def _styled(row: str) -> StyleAndTextTuples:
    """Return a row with its styles; no other character that ``ANSI`` knows is in it."""
    return [("", row)] if "\x1b" not in row else to_formatted_text(ANSI(row))
