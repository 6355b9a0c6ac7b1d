"""A shell in a pseudo-terminal, into which commands are typed, and what its screen shows."""

from __future__ import annotations

import fcntl
import itertools
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyte

_ROWS = 100
_PATIENCE_S = 60
_PROMPT = "$ "
# A free line before it, and a colour, let a reader tell what was typed.
_SHOWN_PROMPT = "\n\x1b[1;32m$\x1b[0m "


@dataclass(frozen=True)
class Run:
    """Characters of a line that look the same.

    Attributes:
        column: where they begin, from 0.
        text: the characters.
        colour: the name of a colour, six hexadecimal digits, or ``default``.
        bold: whether they are bold.
        italic: whether they are italic.
        underlined: whether they are underlined.
    """

    column: int
    text: str
    colour: str
    bold: bool
    italic: bool
    underlined: bool


Line = Sequence[Run]


def record(commands: Sequence[str], columns: int, environment: Mapping[str, str]) -> list[Line]:
    """Return what the screen shows once the commands were typed and have ended.

    Args:
        commands: what is typed at the shell's prompt, one after another.
        columns: how wide the terminal is; it is high enough for all lines.
        environment: the variables of the shell.

    Raises:
        RuntimeError: a command failed, or did not end within a minute.
    """
    with _Shell(columns, environment) as shell:
        for command in commands:
            shell.type(command)
        return shell.lines()


class _Shell:
    def __init__(self, columns: int, environment: Mapping[str, str]) -> None:
        self._screen = pyte.Screen(columns, _ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
        # A shell that fails at a failed command closes the terminal, which is then noticed.
        self._process = subprocess.Popen(
            ["/bin/sh", "-e", "-i"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={"TERM": "xterm-256color", "LANG": "C.UTF-8", "PS1": _SHOWN_PROMPT, **environment},
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)
        self._read_until(self._is_ready)

    def __enter__(self) -> _Shell:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def type(self, command: str) -> None:
        """Type a command, and read until the shell asks for the next."""
        before = self._screen.cursor.y
        os.write(self._master, f"{command}\n".encode())
        self._read_until(lambda: self._screen.cursor.y > before and self._is_ready())

    def lines(self) -> list[Line]:
        """Return the lines from the first prompt to the one that waits for a command."""
        rows = range(1, self._screen.cursor.y - 1)
        return [_runs(self._screen.buffer[row], self._screen.columns) for row in rows]

    def _is_ready(self) -> bool:
        line = self._screen.display[self._screen.cursor.y]
        return line.rstrip() == _PROMPT.rstrip() and self._screen.cursor.x == len(_PROMPT)

    def _read_until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE_S
        while not condition():
            if not self._read(end - time.monotonic()):
                shown = "\n".join(line.rstrip() for line in self._screen.display).rstrip()
                raise RuntimeError(f"the shell ended, or waits for too long:\n{shown}")

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # the shell has closed the terminal
            return False
        self._stream.feed(data)
        return bool(data)


def _take_terminal() -> None:
    """Let the shell control the terminal, as every shell does that a person uses."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _runs(line: Mapping[int, Any], columns: int) -> Line:
    cells = [(column, line[column]) for column in range(columns)]
    groups = itertools.groupby(cells, lambda cell: _style(cell[1]))
    runs = []
    for style, grouped in groups:
        inside = list(grouped)
        text = "".join(character.data for _, character in inside)
        runs.append(Run(inside[0][0], text, *style))
    return [run for run in runs if run.text.strip()]


def _style(character: Any) -> tuple[str, bool, bool, bool]:
    return character.fg, character.bold, character.italics, character.underscore
