"""The view of the chat on a terminal that is in this process, so that a test can be its chat."""

import asyncio
import fcntl
import io
import os
import pty
import signal
import struct
import termios
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from typing import Any

import pyte
from ollama_cli.chat.screen.view import ScreenView
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.input.base import PipeInput

from ._chat_terminal import READING_S
from ._emulator import Screen
from ._router import PATIENCE_S

ENTER, CTRL_C, CTRL_D = "\r", "\x03", "\x04"


class Offers:
    """Offers slash commands for completion."""

    def slash_commands(self) -> Mapping[str, str]:
        """Return some commands, and what they do."""
        return {name: f"Does {name}." for name in ("model", "modify", "move", "other")}

    def values_of(self, command: str) -> Mapping[str, str]:
        """Return nothing."""
        return {}


class _Display(io.RawIOBase):
    """Takes what is written to the terminal, and is as wide as it."""

    def __init__(self, columns: int, rows: int, reflows: bool) -> None:
        self.written = b""
        self.screen = Screen(columns, rows, lambda _: None, reflows=reflows)
        self._stream = pyte.ByteStream(self.screen)
        self._ends = pty.openpty()
        self.resize(columns, rows)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._ends[1]

    def write(self, data: Any, /) -> int:
        self.written += bytes(data)
        self._stream.feed(bytes(data))
        return len(data)

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal wider or narrower."""
        fcntl.ioctl(self._ends[1], termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.set_size(columns, rows)

    def close(self) -> None:
        if not self.closed:
            for end in self._ends:
                os.close(end)
        super().close()


class Shown:
    """A view, the keys that it gets, and what its terminal shows.

    Attributes:
        view: the view.
    """

    def __init__(self, view: ScreenView, keys: PipeInput, display: _Display) -> None:
        self.view = view
        self._keys = keys
        self._display = display

    @property
    def written(self) -> str:
        """What was written to the terminal."""
        return self._display.written.decode()

    def lines(self) -> list[str]:
        """Return all lines, those that scrolled away too, without the spaces at their ends."""
        lines = self._display.screen.rows
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines())

    def styled(self, text: str) -> Any:
        """Return the first character of a text on the screen, with its styles."""
        for number, line in enumerate(self._display.screen.display):
            if (place := line.find(text)) >= 0:
                return self._display.screen.buffer[number][place]
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text()}")

    @property
    def cursor(self) -> tuple[int, int]:
        """The row and the column of the cursor, from 0."""
        return self._display.screen.cursor.y, self._display.screen.cursor.x

    def press(self, keys: str) -> None:
        """Press keys."""
        self._keys.send_text(keys)

    async def answer(self, key: str) -> None:
        """Press a key after a question was read."""
        await asyncio.sleep(READING_S)
        self.press(key)

    def resize(self, columns: int, rows: int = 24) -> None:
        """Make the terminal wider or narrower."""
        self._display.resize(columns, rows)
        os.kill(os.getpid(), signal.SIGWINCH)

    async def until(self, condition: Callable[[], object]) -> None:
        """Return when something is so."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, self.text()
            await asyncio.sleep(0.005)

    async def shows(self, text: str) -> None:
        """Return when a text is on the screen."""
        await self.until(lambda: text in self.text())

    async def enter(self, text: str) -> Any:
        """Enter a text; return the entry that the view gives for it."""
        self.press(text + ENTER)
        return await asyncio.wait_for(self.view.next_entry(), PATIENCE_S)


@asynccontextmanager
async def screen(
    columns: int = 80, rows: int = 24, *, reflows: bool = False, waits: bool = True, **options: Any
) -> AsyncIterator[Shown]:
    """Return an open view on a terminal of this size, which may wrap lines anew when that changes.

    ``waits`` is whether the input is there then; ``options`` are those of the view.
    """
    display = _Display(columns, rows, reflows)
    buffer: Any = display
    terminal = io.TextIOWrapper(buffer, "utf-8", newline="\n", write_through=True)
    with create_pipe_input() as keys, redirect_stdout(terminal), redirect_stderr(terminal):
        shown = Shown(ScreenView(keys=keys, **options), keys, display)
        async with shown.view.open(Offers()):
            if waits:
                await shown.shows(">")
            yield shown
    terminal.detach()
    display.close()
