"""Whether processes that were started still run."""

import subprocess
import time
from pathlib import Path

from ._router import PATIENCE_S


def is_running(pid: int) -> bool:
    """Whether there is such a process, apart from one that only waits to be noticed."""
    found = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False, encoding="utf-8"
    )
    return found.stdout.strip()[:1] not in ("", "Z")


def ends(pid: int, within: float = 2.0) -> bool:
    """Whether a process ends in time."""
    end = time.monotonic() + within
    while is_running(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def pids_in(file: Path, count: int = 1) -> list[int]:
    """Return the process ids in a file, as soon as there are this many lines."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        lines = file.read_text().splitlines() if file.exists() else []
        if len(lines) >= count:
            return [int(line) for line in lines]
        time.sleep(0.02)
    raise AssertionError(f"{file} has no {count} lines")
