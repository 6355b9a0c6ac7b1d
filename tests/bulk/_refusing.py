"""What a refusal is: one clear sentence, the right exit code, and nothing lost."""

from __future__ import annotations

import subprocess

USAGE = 2


def refusal_of(done: subprocess.CompletedProcess[str], code: int = USAGE) -> str:
    """Return the one line that says why a command was refused."""
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]
