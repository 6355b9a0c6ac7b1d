"""The application of prompt_toolkit that shows the rows at the bottom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import Application

from ollama_cli.chat.screen.output import ScreenOutput
from ollama_cli.chat.screen.reflow import rows_added


class ChatApplication(Application[object]):
    """Shows a few rows below what is printed for good.

    Args:
        output: the terminal.
        options: as those of ``Application``.
    """

    def __init__(self, output: ScreenOutput, **options: Any) -> None:
        self._terminal = output
        super().__init__(output=output, **options)

    @property
    def is_away(self) -> bool:
        """Whether something else, such as an editor, has the terminal."""
        return not self._is_running or self._running_in_terminal

    def begin(self) -> None:
        """Begin at the start of a row; what was typed before is echoed there, and is taken now."""
        self._terminal.write_raw("\r")
        self._terminal.erase_end_of_line()

    def end(self, error: Exception | None = None) -> bool:
        """End, with an error if there is one; return whether it had not ended before."""
        if self.future is None or self.future.done():
            return False
        self.future.set_result(None) if error is None else self.future.set_exception(error)
        return True

    def draw(self, above: str = "") -> None:
        """Print whole lines above the rows, for good; then show the rows as they are now."""
        with self._terminal.together():
            if above:
                self.renderer.erase()
                self._terminal.write_raw(above)
            self._redraw()

    def aside(self, act: Callable[[], object]) -> None:
        """Do something without the rows, which may change the terminal."""
        self.renderer.erase()
        act()
        self.appear()

    def appear(self) -> None:
        """Show the rows, and take keys, after something else had the terminal.

        If that was while the rows were shown, the cursor has moved down since, so that no finished
        line is erased.
        """
        if self.is_away:
            return
        self._terminal.forget()
        # It is not left: the application knows which modes there were before its own.
        self.input.raw_mode().__enter__()
        with self._terminal.together():
            self.renderer.erase()
            self._redraw()

    def _redraw(self, render_as_done: bool = False) -> None:
        """Show the rows; if they cannot be shown, end with the error instead of failing again."""
        try:
            super()._redraw(render_as_done)
        except Exception as error:
            if not self.end(error):
                raise

    def _on_resize(self) -> None:
        """Show the rows anew; the terminal may have broken them into more."""
        if self.is_away:
            return
        with self._terminal.together():
            self._terminal.cursor_up(self._added_rows())
            super()._on_resize()

    def _added_rows(self) -> int:
        screen = self.renderer.last_rendered_screen
        if screen is None:
            return 0
        cursor = screen.get_cursor_position(self.layout.current_window)
        widths = [
            max(
                (column for column, cell in screen.data_buffer[row].items() if cell.char.strip()),
                default=-1,
            )
            + 1
            for row in range(cursor.y)
        ]
        return rows_added([*widths, cursor.x + 1], self.output.get_size().columns)
