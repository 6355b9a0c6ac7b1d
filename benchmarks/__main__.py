"""``python -m benchmarks``: measure and print; exits with 1 if a promise is broken."""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from benchmarks.contenders import NAMES, OURS, is_installed
from benchmarks.report import lines
from benchmarks.run import FULL, QUICK, SMOKE, run
from benchmarks.targets import verdicts

_DISTRIBUTIONS = {OURS: "provider-contract-sdk", "any_llm": "any-llm-sdk"}


def main() -> int:
    """Run the benchmarks that the arguments select, and return the exit code."""
    arguments = _arguments()
    names = [name for name in NAMES if name in arguments.only and is_installed(name)]
    absent = [name for name in NAMES if name in arguments.only and not is_installed(name)]
    print(f"Python {platform.python_version()}: {', '.join(map(_with_version, names))}")
    if absent:
        print(f"left out, because they are not installed: {', '.join(absent)}")
    results = run(names, arguments.plan)
    print(*lines(results), sep="\n")
    return 0 if all(verdict.kept for verdict in verdicts(results)) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="CONTENDER")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", dest="plan", action="store_const", const=QUICK, default=FULL)
    length.add_argument("--smoke", dest="plan", action="store_const", const=SMOKE)
    return parser.parse_args()


def _with_version(name: str) -> str:
    try:
        return f"{name} {version(_DISTRIBUTIONS.get(name, name))}"
    except PackageNotFoundError:
        return name  # the socket client, or a checkout on the path


if __name__ == "__main__":
    sys.exit(main())
