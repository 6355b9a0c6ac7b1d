"""The command as people use it: a process with arguments, an environment and pipes."""

import fcntl
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._router import PATIENCE_S

TOKEN = "hf_canary7Qd2xW0secret"


@dataclass(frozen=True)
class Shell:
    """Starts the command in an environment of its own."""

    environment: Mapping[str, str]

    def command(self, *arguments: str | bytes, python: Sequence[str] = ()) -> list[str | bytes]:
        """Return the command; ``python`` are options of the interpreter."""
        return [sys.executable, *python, "-m", "ollama_cli", *arguments]

    def start(
        self,
        *arguments: str | bytes,
        stdin: Any = subprocess.DEVNULL,
        stdout: Any = subprocess.PIPE,
        stderr: Any = subprocess.PIPE,
        python: Sequence[str] = (),
        has_terminal: bool = False,
        **changes: str | None,
    ) -> subprocess.Popen[str]:
        """Start the command; ``None`` unsets a variable.

        With ``has_terminal`` its standard input is a terminal, which from then on controls it:
        Ctrl-C there is a signal, and a hang-up too.
        """
        environment = {**self.environment, **changes}
        return subprocess.Popen(
            self.command(*arguments, python=python),
            env={name: value for name, value in environment.items() if value is not None},
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            encoding="utf-8",
            start_new_session=has_terminal,
            preexec_fn=_take_terminal if has_terminal else None,
        )

    def run(self, *arguments: str | bytes, **changes: Any) -> subprocess.CompletedProcess[str]:
        """Run the command to its end; whatever it says, it never says the token."""
        with self.start(*arguments, **changes) as process:
            return finish(process)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def finish(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for the end of a command; whatever it said, it never said the token."""
    try:
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert TOKEN not in f"{stdout}{stderr}"
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
