"""Measures one start of a command."""

from __future__ import annotations

import subprocess
import time

from benchmarks.bodies import WORD
from benchmarks.first_byte.commands import Command
from benchmarks.tasks import Cost

PATH = "chat/paused/1/v1"
"""A reply of one word, after which the service waits before it ends the stream."""

_SETTLED_S = 0.1


class WrongAnswerError(Exception):
    """A command did not print the answer, so its cost would mean nothing."""


def cost_of(command: Command) -> Cost:
    """Start the command, and return what it cost until the first byte on its standard output."""
    start = time.perf_counter()
    with subprocess.Popen(
        command.words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=command.variables,
        cwd=command.folder,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.read(1)
        wall = time.perf_counter() - start
        # The service pauses now, and so the process waits: it uses no time that does not count.
        time.sleep(_SETTLED_S)
        cpu = _cpu_of(process.pid) if first else 0.0
        rest, errors = process.communicate()
    said = (first + rest).decode(errors="replace")
    if process.returncode or said.strip() != WORD.strip():
        raise WrongAnswerError(f"{command.words[0]} printed {said!r}\n{errors.decode()}")
    return Cost(cpu, wall)


def _cpu_of(pid: int) -> float:
    """Return the processor time of a running process, as ``clock_getcpuclockid`` finds it."""
    return time.clock_gettime(~pid << 3 | 2)
