"""The command on a terminal: a pseudo-terminal, and what its screen shows."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import pyte

from ._router import PATIENCE_S
from ._shell import Shell

SGR = re.compile(r"\x1b\[[\d;]*m")


class Terminal:
    """Runs a command on a terminal of its own.

    Args:
        shell: starts the command.
        arguments: its arguments.
        columns: how wide the terminal is.
        changes: variables of the environment.
    """

    def __init__(
        self, shell: Shell, *arguments: str, columns: int = 80, **changes: str | None
    ) -> None:
        self.columns = columns
        self.written = b""
        self._screen = pyte.HistoryScreen(columns, 24, history=100_000, ratio=0.5)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = pty.openpty()
        self.resize(columns)
        changes = {"TERM": "xterm-256color", "LANG": "en_US.UTF-8", **changes}
        self.process: subprocess.Popen[Any] = shell.start(
            *arguments, stdin=slave, stdout=slave, stderr=slave, **changes
        )
        os.close(slave)

    def resize(self, columns: int) -> None:
        """Make the terminal wider or narrower."""
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)
        self._screen.resize(columns=columns)

    def read_until(self, condition: Callable[[], bool]) -> None:
        """Read until something is on the screen."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, self.text()
            if not self._read():
                assert condition(), self.text()

    def finish(self) -> int:
        """Read to the end; return the exit code."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)

    def lines(self) -> list[str]:
        """Return all lines, those that scrolled away too, without the spaces at their ends."""
        past = [self._line(line) for line in self._screen.history.top]
        now = [line.rstrip() for line in self._screen.display]
        lines = [*past, *now]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines())

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
        os.close(self._master)

    def _line(self, line: Any) -> str:
        return "".join(line[column].data for column in range(self.columns)).rstrip()

    def _read(self) -> bool:
        ready = select.select([self._master], [], [], PATIENCE_S)[0]
        assert ready, self.text()
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return False  # the command has closed the terminal
        self.written += data
        self._stream.feed(data)
        return bool(data)
