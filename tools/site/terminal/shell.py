"""A shell in a pseudo-terminal, into which commands and keys are typed, and what it shows."""

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
_QUIET_S = 0.7
"""How long a program writes nothing before it is taken to wait for keys."""
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
        background: the colour behind them, named in the same way.
    """

    column: int
    text: str
    colour: str
    bold: bool
    italic: bool
    underlined: bool
    background: str = "default"


Line = Sequence[Run]


@dataclass(frozen=True)
class Keys:
    """Keys for a program that goes on after them, such as a chat.

    Attributes:
        keys: the characters that the keys send; a carriage return is Enter.
        shows: what the screen shows when the program has done what they say; it then waits.
    """

    keys: str
    shows: str


def record(
    steps: Sequence[str | Keys], columns: int, environment: Mapping[str, str], rows: int = _ROWS
) -> list[Line]:
    """Return what the screen shows once all was typed.

    Args:
        steps: commands, each typed at the shell's prompt when the one before has ended, and keys
            for the program that runs.
        columns: how wide the terminal is.
        environment: the variables of the shell.
        rows: how high the terminal is; by default enough for all lines.

    Raises:
        RuntimeError: a command failed, or something did not happen within a minute.
    """
    with _Shell(columns, rows, environment) as shell:
        for step in steps:
            if isinstance(step, Keys):
                shell.press(step)
            else:
                shell.type(step)
        return shell.lines()


class _Screen(pyte.Screen):
    """A screen that answers programs that ask it, such as for the place of the cursor."""

    def __init__(self, columns: int, rows: int, answer: Callable[[bytes], object]) -> None:
        super().__init__(columns, rows)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        """Send an answer."""
        self._answer(data.encode())


class _Shell:
    def __init__(self, columns: int, rows: int, environment: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        self._screen = _Screen(columns, rows, lambda data: os.write(self._master, data))
        self._stream = pyte.ByteStream(self._screen)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
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

    def press(self, keys: Keys) -> None:
        """Press keys, and read until the program shows what is expected, and then waits."""
        os.write(self._master, keys.keys.encode())
        self._read_until(lambda: any(keys.shows in line for line in self._screen.display))
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end and self._read(_QUIET_S):
            pass

    def lines(self) -> list[Line]:
        """Return the lines from the first prompt to the end.

        That is the prompt that waits for a command; or if a program runs, what it shows last, with
        the cursor.
        """
        screen = self._screen
        if self._is_ready():
            return [self._line(row) for row in range(1, screen.cursor.y - 1)]
        shown = [row for row, line in enumerate(screen.display) if line.strip()]
        last = max(*shown, screen.cursor.y)
        found = [self._line(row) for row in range(1, last + 1)]
        cursor = Run(screen.cursor.x, " ", "default", False, False, False, "white")
        found[screen.cursor.y - 1] = [*found[screen.cursor.y - 1], cursor]
        return found

    def _line(self, row: int) -> Line:
        return _runs(self._screen.buffer[row], self._screen.columns)

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
    return [run for run in runs if run.text.strip() or run.background != "default"]


def _style(character: Any) -> tuple[str, bool, bool, bool, str]:
    front, back = character.fg, character.bg
    if character.reverse:
        front, back = ("background" if back == "default" else back), _as_background(front)
    return front, character.bold, character.italics, character.underscore, back


def _as_background(colour: str) -> str:
    return "white" if colour == "default" else colour
