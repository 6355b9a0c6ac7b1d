"""Types on a terminal, and measures when each key is shown."""

from __future__ import annotations

import fcntl
import os
import pty
import random
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LETTERS = "àáâãäåæçèéêëìíîïðñòóôõöøùúûüý"
"""Nothing else that is written contains one of them."""

_AT_ONCE = 20
"""Letters that are in the input before it is emptied: fewer than there are, so a letter that is
written was pressed just now."""
_EMPTY = "\x15"  # Ctrl-U
_PATIENCE_S = 30
_ROWS, _COLUMNS = 40, 100
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 0.06


class NoEchoError(Exception):
    """Something that was waited for was never written."""


class Typist:
    """Types into a program that runs on a terminal of its own.

    Args:
        words: the program and its arguments.
        variables: its environment.
    """

    def __init__(self, words: Sequence[str], variables: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
        variables = {**variables, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self._process: subprocess.Popen[Any] = subprocess.Popen(
            words, stdin=slave, stdout=slave, stderr=slave, env=variables, start_new_session=True
        )
        os.close(slave)
        self._letters = cycle(LETTERS)
        self._typed = 0
        self._random = random.Random(1)
        self._written = b""

    def wait_for(self, text: str) -> None:
        """Read until a text is written."""
        end = time.monotonic() + _PATIENCE_S
        while text.encode() not in self._written:
            self._read(max(end - time.monotonic(), 0), f"{text!r} was not written")

    def press(self, keys: str) -> None:
        """Press keys, and forget what was written before."""
        self._written = b""
        os.write(self._master, keys.encode())

    def echoes(self, keys: int) -> list[float]:
        """Press so many keys, one after the other; return the seconds that each took to appear."""
        return [self._echo() for _ in range(keys)]

    def memory(self) -> float:
        """Return the MiB that the program has in memory."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu(self) -> float:
        """Return the processor time that the program has used, in seconds."""
        return time.clock_gettime(~self._process.pid << 3 | 2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def _echo(self) -> float:
        if self._typed == _AT_ONCE:
            self.press(_EMPTY)
            self._typed = 0
            self._rest()
        letter = next(self._letters)
        self.press(letter)
        pressed = time.perf_counter()
        self.wait_for(letter)
        echo = time.perf_counter() - pressed
        self._typed += 1
        self._rest()
        return echo

    def _rest(self) -> None:
        """Pause, as somebody who types; what is written meanwhile is read."""
        end = time.monotonic() + self._random.uniform(_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S)
        while (left := end - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0]:
                self._read(0, "the program has ended")

    def _read(self, patience_s: float, problem: str) -> None:
        data = b""
        if select.select([self._master], [], [], patience_s)[0]:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                data = b""  # the program has closed the terminal
        if not data:
            raise NoEchoError(f"{problem}; the last that was written: {self._written[-500:]!r}")
        self._written += data
