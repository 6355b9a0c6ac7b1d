"""``python -m benchmarks.first_byte``: how long a question takes to its first byte. Needs Linux.

The exit code is 1 if the promise is broken.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.first_byte.commands import (
    HTTPX,
    NAMES,
    OURS,
    Command,
    command_of,
    is_installed,
    package_of,
)
from benchmarks.first_byte.measuring import PATH, cost_of
from benchmarks.processes import Child
from benchmarks.results import FIRST_BYTE, Results
from benchmarks.tasks import Cost

OVER_HTTPX = 1.3
_EARLIER_TURNS = 2


def main() -> int:
    """Measure and print; return the exit code."""
    arguments = _arguments()
    pythons = dict(pair.split("=", 1) for pair in arguments.python)
    of = {name: pythons.get(package_of(name), sys.executable) for name in arguments.only or NAMES}
    there = {name: python for name, python in of.items() if is_installed(name, python)}
    print(f"Python {platform.python_version()}")
    if absent := [name for name in of if name not in there]:
        print(f"left out, because they are not installed: {', '.join(absent)}")
    results = _measured(there, arguments.rounds)
    print(*_lines(results), sep="\n")
    ratio = results.ratio(FIRST_BYTE, OURS, HTTPX)
    return 0 if ratio is None or ratio.cpu <= OVER_HTTPX else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_byte", description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="CONTENDER")
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PACKAGE=INTERPRETER",
        help="where a package is installed, such as llm=ENV/bin/python; repeatable",
    )
    return parser.parse_args()


def _measured(pythons: Mapping[str, str], rounds: int) -> Results:
    costs: dict[str, list[Cost]] = {name: [] for name in pythons}
    with TemporaryDirectory() as folder, Child("benchmarks.upstream") as upstream:
        service = f"http://127.0.0.1:{upstream.read()}/{PATH}"
        commands: dict[str, Command] = {}
        for name, python in pythons.items():
            place = Path(folder, name)
            place.mkdir()
            commands[name] = command_of(name, python, service, place)
            # The first questions fill the caches, and a session that is continued.
            cost_of(commands[name].beginning)
            for _ in range(_EARLIER_TURNS):
                cost_of(commands[name])
        # A B C A B C …: a slow moment of the machine then affects all of them.
        for _ in range(rounds):
            for name, command in commands.items():
                costs[name].append(cost_of(command))
    return Results(costs={FIRST_BYTE: costs})


def _lines(results: Results) -> Iterator[str]:
    yield f"{FIRST_BYTE + ' (ms)':26}{'CPU':>10}{'x httpx':>9}{'wall':>12}{'x httpx':>9}"
    for name in results.costs[FIRST_BYTE]:
        cost, ratio = results.cost(FIRST_BYTE, name), results.ratio(FIRST_BYTE, name, HTTPX)
        cpu, wall = ("-", "-") if ratio is None else (f"{ratio.cpu:.2f}", f"{ratio.wall:.2f}")
        yield f"  {name:24}{cost.cpu * 1e3:10.1f}{cpu:>9}{cost.wall * 1e3:12.1f}{wall:>9}"
    yield ""
    if ratio := results.ratio(FIRST_BYTE, OURS, HTTPX):
        kept = "kept  " if ratio.cpu <= OVER_HTTPX else "MISSED"
        yield f"{kept}  start to first byte: at most {OVER_HTTPX:.2f} x httpx: CPU {ratio.cpu:.2f}"


if __name__ == "__main__":
    sys.exit(main())
