"""``python -m benchmarks.bulk_files``: surveys, reads and writes, against bare loops; peak memory.

Each figure is of a fresh process. Seconds are those of the processor, so that other work on the
machine counts little. Needs Linux for the memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.bulk_files.work import FLOORS, TASKS, write_input

_ROOT = Path(__file__).parents[2]
_MIB = 2**20


def main() -> int:
    """Measure and print a table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk_files", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options = parser.parse_args()
    print("| rows | task | seconds | rows/s | times the bare loop | peak MiB |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for rows in options.rows:
            path = Path(folder, f"{rows}.jsonl")
            write_input(path, rows)
            found = {name: _measured(name, path, rows) for name in (*FLOORS, *TASKS)}
            for name, (seconds, peak) in found.items():
                floor = found[TASKS[name]][0] if name in TASKS else seconds
                figures = f"{seconds:.2f} | {rows / seconds:,.0f} | {seconds / floor:.1f}"
                print(f"| {rows:,} | {name} | {figures} | {peak / _MIB:.1f} |", flush=True)
    return 0


def _measured(name: str, path: Path, rows: int) -> tuple[float, int]:
    """Return the seconds of the processor and the peak of the memory, in bytes."""
    command = [sys.executable, "-m", "benchmarks.bulk_files.work", name, str(path), str(rows)]
    run = subprocess.run(command, cwd=_ROOT, capture_output=True, check=True, timeout=1800)
    seconds, peak = json.loads(run.stdout)
    return seconds, peak


if __name__ == "__main__":
    raise SystemExit(main())
