"""One run of the command over a file of rows, as a user starts it again and again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bulk._service import PROVIDER, TOKEN

PATIENCE_S = 120.0


@dataclass(frozen=True)
class Batch:
    """A folder with an input, and what the command is told about it.

    Attributes:
        folder: where input, output and run directory are.
        environment: variables, which lead to the service.
        options: options of every call.
    """

    folder: Path
    environment: Mapping[str, str]
    options: Sequence[str] = field(default=())

    @property
    def input(self) -> Path:
        """The rows."""
        return self.folder / "in.jsonl"

    @property
    def output(self) -> Path:
        """The answers."""
        return self.folder / "out.jsonl"

    @property
    def directory(self) -> Path:
        """The run directory."""
        return self.folder / "out.jsonl.run"

    def words(self, *more: str) -> list[str]:
        """Return the command that starts or resumes the run."""
        start = [sys.executable, "-m", "ollama_cli", "batch", str(self.input)]
        answering = ["--out", str(self.output), "--provider", PROVIDER, "-m", "m", "--yes"]
        return [*start, *answering, *self.options, *more]

    def variables(self) -> dict[str, str]:
        """Return the whole environment of the command."""
        own = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "OLLAMA_CLI_CONFIG_DIR": str(self.folder / "config"),
            "OLLAMA_CLI_DATA_DIR": str(self.folder / "data"),
        }
        return {**own, **self.environment}

    def start(self, *more: str, **how: Any) -> subprocess.Popen[str]:
        """Start the command."""
        # What it says goes to a file: a pipe that nobody reads would make it wait.
        with (self.folder / "said.txt").open("w") as said:
            return subprocess.Popen(
                self.words(*more),
                **{"stdout": said, "stderr": said, "stdin": subprocess.DEVNULL, **how},
                env=self.variables(),
                cwd=self.folder,
                text=True,
            )

    def run(self, *more: str, **how: Any) -> subprocess.CompletedProcess[str]:
        """Run the command to its end; whatever it says, it never says the token."""
        return self.run_words(self.words(*more), **how)

    def verb(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the run, such as ``status``, on its directory."""
        name, *options = words
        command = [sys.executable, "-m", "ollama_cli", "batch", name, str(self.directory)]
        return self.run_words([*command, *options])

    def run_words(self, words: Sequence[str], **how: Any) -> subprocess.CompletedProcess[str]:
        """Run a whole command line to its end."""
        given = {"stdin": subprocess.DEVNULL} if "input" not in how else {}
        done = subprocess.run(
            words,
            **{**given, "timeout": PATIENCE_S, **how},
            capture_output=True,
            env=self.variables(),
            cwd=self.folder,
            text=True,
            check=False,
        )
        assert TOKEN not in f"{done.stdout}{done.stderr}"
        return done

    def write_rows(self, number: int) -> None:
        """Write so many rows, which the service knows by a marker in their prompts."""
        with self.input.open("w", encoding="utf-8") as file:
            for row in range(number):
                file.write(json.dumps({"id": f"r{row}", "prompt": f"[row {row}] Hello"}) + "\n")

    def answers(self) -> list[dict[str, Any]]:
        """Return the lines of the output."""
        with self.output.open(encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def report(self) -> dict[str, Any]:
        """Return the report of the run directory."""
        report: dict[str, Any] = json.loads((self.directory / "report.json").read_bytes())
        return report
