"""``python -m benchmarks.bulk``: rows per second of bulk runs, against the floor.

The exit code is 1 if a promise is broken. Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.bulk.contenders import FAST, FLOOR, NAMES, Cost, is_installed
from benchmarks.bulk.rows import write_rows
from benchmarks.processes import Child, environment

LEAST_OF_FLOOR = 0.75
"""The share of the floor's rows per second that a run with the fast transport reaches."""
MOST_GROWTH = 1.15
"""How much more memory a run of ten times as many rows may need."""

_ROOT = Path(__file__).parents[2]
_LONGEST_S = 3600
_MIB = 1024 * 1024
_FEW, _MANY = 10_000, 100_000
Costs = Mapping[str, Sequence[Cost]]


def main() -> int:
    """Measure and print; return the exit code."""
    options = _arguments()
    names = [name for name in NAMES if is_installed(name) and name in (options.only or NAMES)]
    print(f"Python {platform.python_version()}: {', '.join(names)}")
    if absent := [name for name in NAMES if not is_installed(name)]:
        print(f"left out, because it is not installed: {', '.join(absent)}")
    if options.memory:
        return _print_memory([name for name in names if name != FLOOR], options.memory)
    costs = _measured(names, options.rows, options.rounds, options.at_once)
    print(*_lines(costs, options.rows), sep="\n")
    return 0 if FAST not in costs or _ratio(costs, FAST) >= LEAST_OF_FLOOR else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=256)
    parser.add_argument("--only", nargs="+", metavar="CONTENDER", choices=NAMES)
    parser.add_argument(
        "--memory",
        nargs="*",
        type=int,
        metavar="ROWS",
        help=f"measure peak memory at these numbers of rows instead ({_FEW} and {_MANY})",
    )
    options = parser.parse_args()
    if options.memory == []:
        options.memory = [_FEW, _MANY]
    return options


def _measured(names: Sequence[str], rows: int, rounds: int, at_once: int) -> Costs:
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    with Child("benchmarks.bulk.service", "--latency", "50ms") as service:
        port = service.read()
        # One after the other: a slow moment of the machine then affects all.
        for _ in range(rounds):
            for name in names:
                costs[name].append(_cost(name, rows, port, at_once))
    return costs


def _cost(name: str, rows: int, port: int, at_once: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "rows.jsonl")
        write_rows(file, rows)
        url = f"http://127.0.0.1:{port}/v1"
        words = [sys.executable, "-m", "benchmarks.bulk.worker", name, str(file), folder, url]
        done = subprocess.run(
            [*words, str(at_once)],
            stdout=subprocess.PIPE,
            check=True,
            cwd=_ROOT,
            env=environment(),
            timeout=_LONGEST_S,
        )
    found = Cost(**json.loads(done.stdout.splitlines()[-1]))
    if found.answered != rows:
        raise RuntimeError(f"{name} answered {found.answered} rows of {rows}")
    return found


def _ratio(costs: Costs, name: str) -> float:
    """Return the median of the ratios of rows per second to the floor's, within each round."""
    pairs = zip(costs[name], costs[FLOOR], strict=True)
    return median(bare.seconds / one.seconds for one, bare in pairs)


def _lines(costs: Costs, rows: int) -> Iterator[str]:
    yield f"{'':32}{'rows/s':>10}{'x floor':>10}{'CPU µs/row':>12}{'peak MiB':>10}"
    for name, found in costs.items():
        ratio = f"{_ratio(costs, name):.2f}" if FLOOR in costs else "-"
        cpu = median(cost.cpu for cost in found) / rows * 1e6
        peak = median(cost.peak_bytes for cost in found) / _MIB
        rate = median(rows / cost.seconds for cost in found)
        yield f"  {name:30}{rate:10.0f}{ratio:>10}{cpu:12.0f}{peak:10.1f}"
    if FAST in costs and FLOOR in costs:
        kept = "kept  " if _ratio(costs, FAST) >= LEAST_OF_FLOOR else "MISSED"
        yield ""
        yield (
            f"{kept}  rows per second with [fast]: at least {LEAST_OF_FLOOR} x floor: "
            f"{_ratio(costs, FAST):.2f}"
        )


def _print_memory(names: Sequence[str], sizes: Sequence[int]) -> int:
    print(f"{'peak MiB':32}" + "".join(f"{rows:>12,}" for rows in sizes))
    flat = True
    with Child("benchmarks.bulk.service", "--latency", "5ms") as service:
        port = service.read()
        for name in names:
            peaks = [_cost(name, rows, port, 256).peak_bytes for rows in sizes]
            print(f"  {name:30}" + "".join(f"{peak / _MIB:12.1f}" for peak in peaks), flush=True)
            flat = flat and max(peaks) <= MOST_GROWTH * peaks[0]
    print(f"{'kept  ' if flat else 'MISSED'}  peak memory grows by at most {MOST_GROWTH - 1:.0%}")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
