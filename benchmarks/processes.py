"""The processes of a run: the local service, the workers, and processes for one measurement."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.tasks import Cost, Task

_ROOT = Path(__file__).parents[1]
_LONGEST_S = 600


class Child:
    """A process that runs a module of the workspace and exchanges lines of JSON."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._what = " ".join((module, *arguments[:1]))
        self._process = subprocess.Popen(
            _command(module, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
            env=environment(),
        )

    def read(self) -> Any:
        """Wait for the next line and decode it."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"{self._what} ended before it answered; its output is above")
        return json.loads(line)

    def ask(self, question: object) -> Any:
        """Write a line, and return the answer to it."""
        if self._process.stdin:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        return self.read()

    def cost(self, task: Task) -> Cost:
        """Let a worker carry out a task, and return the cost per unit."""
        return Cost(*self.ask(task)).shared_by(task.units)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Each ends when its stdin is closed; one that does not hangs, and is killed.
        try:
            self._process.communicate(timeout=10)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self._process.kill()
            self._process.wait()


def ask_fresh(question: str, contender: str, wire: str, service: str) -> dict[str, float]:
    """Start a new process for one question and return its answer."""
    done = subprocess.run(
        _command("benchmarks.fresh", question, contender, wire, service),
        stdout=subprocess.PIPE,
        check=True,
        cwd=_ROOT,
        env=environment(),
        timeout=_LONGEST_S,
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def _command(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def environment() -> dict[str, str]:
    """Return variables without proxies, so that clients talk only to the local service."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        # Without cached bytecode the checkout would be compiled at every start, unlike the
        # installed clients.
        if not name.lower().endswith("_proxy") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return inherited | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "HF_HUB_DISABLE_TELEMETRY": "1"}
