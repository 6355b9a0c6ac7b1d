"""The command on a terminal: a pseudo-terminal, and what its screen shows."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import pyte

from ._emulator import Screen
from ._router import PATIENCE_S
from ._shell import Shell

_LOOK_S = 0.02
"""How often a condition is looked at while nothing is written."""
_TOGETHER = b"\x1b[?2026"
SGR = re.compile(r"\x1b\[[\d;]*m")


class Terminal:
    """Runs a command on a terminal of its own, which also controls it.

    Args:
        shell: starts the command.
        arguments: its arguments.
        columns: how wide the terminal is.
        rows: how high it is.
        reflows: whether it wraps lines anew when its width changes.
        first: what stands on it before the command starts.
        answers: whether it says where its cursor is when it is asked.
        changes: variables of the environment.
    """

    def __init__(
        self,
        shell: Shell,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        reflows: bool = False,
        first: str = "",
        answers: bool = True,
        **changes: str | None,
    ) -> None:
        self.written = b""
        self._is_open = True
        self._master, slave = pty.openpty()
        self._screen = Screen(columns, rows, self._answer, reflows=reflows)
        self._stream = pyte.ByteStream(self._screen)
        self._answers = b""
        self._does_answer = answers
        self._stream.feed(first.encode())
        self._tell_size()
        self.modes_before = self.modes()
        changes = {"TERM": "xterm-256color", "LANG": "en_US.UTF-8", **changes}
        self.process: subprocess.Popen[Any] = shell.start(
            *arguments, stdin=slave, stdout=slave, stderr=slave, has_terminal=True, **changes
        )
        os.close(slave)

    @property
    def columns(self) -> int:
        """How wide it is."""
        return self._screen.columns

    def resize(self, columns: int | None = None, rows: int | None = None) -> None:
        """Make the terminal wider or narrower, higher or lower."""
        self.read_what_is_there()
        self._screen.set_size(columns or self._screen.columns, rows or self._screen.lines)
        self._tell_size()

    def send(self, data: str | bytes) -> None:
        """Type; what the command writes meanwhile is read."""
        rest = data.encode() if isinstance(data, str) else data
        end = time.monotonic() + PATIENCE_S
        os.set_blocking(self._master, False)
        while rest:
            assert time.monotonic() < end, f"{len(rest)} bytes are not taken:\n{self.text()}"
            readable, writable, _ = select.select([self._master], [self._master], [], 1)
            if readable:
                self._take()
            if writable:
                rest = rest[os.write(self._master, rest[:4096]) :]
        os.set_blocking(self._master, True)

    def read_until(self, condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
        """Read until something is on the screen, or has happened elsewhere."""
        end = time.monotonic() + seconds
        while not (self._is_whole() and condition()):
            assert time.monotonic() < end, self.text()
            if select.select([self._master], [], [], _LOOK_S)[0] and not self._take():
                assert condition(), self.text()

    def wait_for(self, text: str) -> None:
        """Read until a text is on the screen, or was."""
        self.read_until(lambda: text in self.text())

    def read_what_is_there(self) -> None:
        """Read what was written, without waiting for more."""
        while select.select([self._master], [], [], 0)[0] and self._take():
            pass

    def finish(self) -> int:
        """Read to the end; return the exit code."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send the command a signal, and read to its end."""
        self.process.send_signal(number)
        self.finish()

    def hang_up(self) -> None:
        """Close the terminal, as its window does."""
        os.close(self._master)
        self._is_open = False

    def modes(self) -> list[Any]:
        """Return how the terminal's driver is set."""
        return termios.tcgetattr(self._master)

    def lines(self) -> list[str]:
        """Return all lines, those that scrolled away too, without the spaces at their ends."""
        lines = self._screen.rows
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines())

    def shown(self) -> str:
        """Return what stands on the screen now as one text."""
        return "\n".join(self._screen.rows[-self._screen.lines :])

    @property
    def cursor(self) -> tuple[int, int]:
        """The column and the row of the cursor, from 0."""
        return self._screen.cursor.x, self._screen.cursor.y

    def styled(self, text: str) -> Any:
        """Return the first character of a text on the screen, with its styles."""
        for number, line in enumerate(self._screen.display):
            if (place := line.find(text)) >= 0:
                return self._screen.buffer[number][place]
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        if self._is_open:
            os.close(self._master)

    def _is_whole(self) -> bool:
        """Whether what the command wants to be shown together is all there."""
        return self.written.rfind(_TOGETHER + b"h") <= self.written.rfind(_TOGETHER + b"l")

    def _tell_size(self) -> None:
        size = struct.pack("HHHH", self._screen.lines, self._screen.columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def _answer(self, data: str) -> None:
        if self._does_answer:
            self._answers += data.encode()

    def _read(self) -> bool:
        ready = select.select([self._master], [], [], PATIENCE_S)[0]
        assert ready, self.text()
        return self._take()

    def _take(self) -> bool:
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return False  # the command has closed the terminal
        self.written += data
        self._stream.feed(data)
        if self._answers:
            answers, self._answers = self._answers, b""
            os.write(self._master, answers)
        return bool(data)
