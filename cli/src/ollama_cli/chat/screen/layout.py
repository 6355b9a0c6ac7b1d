"""The rows at the bottom: the open line, what waits, what is being done, the input, the status."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prompt_toolkit.application.current import get_app
from prompt_toolkit.filters import Condition, has_completions, is_done
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

from ollama_cli.chat.screen.cutting import cut
from ollama_cli.chat.screen.state import State
from ollama_cli.chat.screen.transcript import Transcript

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
        "scrollbar.button": "noinherit",
        "scrollbar.arrow": "noinherit",
        "search-toolbar": "dim",
    }
)
"""No colors, which would be hard to read on some backgrounds."""

_MOST_QUEUED = 3
_MENU_ROWS = 8
_SHORT = 8
"""On a terminal with fewer rows only the input and one more row are shown."""


class Rows:
    """Says what is in each row.

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
        state = self._state
        asks = Condition(lambda: state.question is not None)
        rows = HSplit(
            [
                _shown(self._live, _always),
                _shown(self._queued, _always),
                _shown(self._working, _always),
                ConditionalContainer(typing, ~asks),
                _shown(self._question, asks),
                _shown(self._status, ~is_done),
                ConditionalContainer(
                    Window(height=Dimension.exact(_MENU_ROWS - 1)),
                    has_completions & Condition(lambda: not _is_short()),
                ),
                Window(height=Dimension(min=0, preferred=0)),
            ]
        )
        return Layout(FloatContainer(rows, list(menus)), focus)

    def _live(self) -> StyleAndTextTuples:
        width = _columns()
        rows = self._transcript.rows(width)
        if _is_short():
            rows = rows[-1:]
        text = "\n".join(rows).replace("\x01", "").replace("\x02", "")
        return to_formatted_text(ANSI(text)) if text else []

    def _queued(self) -> StyleAndTextTuples:
        if self._state.wants_entry or _is_short():
            return []
        waiting = list(self._state.queue)
        lines = [f"queued: {entry.shown}" for entry in waiting[:_MOST_QUEUED]]
        if more := len(waiting) - _MOST_QUEUED:
            lines += [f"and {more} more"] if more > 0 else []
        return _lines("class:queued", lines)

    def _working(self) -> StyleAndTextTuples:
        state = self._state
        line = state.hint or (state.work.line() if state.work else "")
        if line:
            return _lines("class:hint" if state.hint else "class:working", [line])
        apart = state.work is None and self._transcript.ends_blank
        return [] if apart or _is_short() else [("", " ")]

    def _question(self) -> StyleAndTextTuples:
        return _lines("class:question", [f"{self._state.question} [y/N]"], whole=True)

    def _status(self) -> StyleAndTextTuples:
        line = "" if _is_short() else self._state.status
        return _lines("class:status", [line] if line else [])


def _always() -> bool:
    return True


def _shown(text: Callable[[], StyleAndTextTuples], when: Callable[[], bool]) -> AnyContainer:
    """Return rows that are there if they have a text."""
    window = Window(
        FormattedTextControl(text),
        dont_extend_height=True,
        wrap_lines=True,
        always_hide_cursor=True,
    )
    return ConditionalContainer(window, Condition(lambda: when() and bool(text())))


def _lines(style: str, lines: Sequence[str], *, whole: bool = False) -> StyleAndTextTuples:
    width = _columns() * (_MENU_ROWS if whole else 1) - 1
    text = "\n".join(cut(line, width) for line in lines)
    return [(style, text)] if text else []


def _columns() -> int:
    return get_app().output.get_size().columns


def _is_short() -> bool:
    return get_app().output.get_size().rows < _SHORT
