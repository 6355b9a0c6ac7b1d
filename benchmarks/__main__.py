"""``python -m benchmarks``: measure and print; exits with 1 if a promise is broken."""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from benchmarks.contenders import FAST, GOOGLE, OURS, RESPONSES
from benchmarks.report import lines
from benchmarks.run import FULL, QUICK, SMOKE, run
from benchmarks.targets import verdicts
from benchmarks.wires import NAMES, wire_named

_DISTRIBUTIONS = {
    OURS: "provider-contract-sdk",
    FAST: "provider-contract-sdk",
    "any_llm": "any-llm-sdk",
    RESPONSES: "openai",
    GOOGLE: "google-genai",
}


def main() -> int:
    """Run the benchmarks that the arguments select, and return the exit code."""
    arguments = _arguments()
    wire = wire_named(arguments.wire)
    wanted = [name for name in wire.contenders if name in (arguments.only or wire.contenders)]
    names = [name for name in wanted if wire.is_installed(name)]
    absent = [name for name in wanted if not wire.is_installed(name)]
    print(f"Python {platform.python_version()}: {', '.join(map(_with_version, names))}")
    if absent:
        print(f"left out, because they are not installed: {', '.join(absent)}")
    results = run(wire.name, names, arguments.plan)
    print(*lines(results, wire.name), sep="\n")
    return 0 if all(verdict.kept for verdict in verdicts(results, wire.name)) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--wire", choices=NAMES, default=NAMES[0], help="the protocol")
    parser.add_argument("--only", nargs="+", metavar="CONTENDER")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", dest="plan", action="store_const", const=QUICK, default=FULL)
    length.add_argument("--smoke", dest="plan", action="store_const", const=SMOKE)
    arguments = parser.parse_args()
    known = wire_named(arguments.wire).contenders
    for name in arguments.only or ():
        if name not in known:
            parser.error(f"{name} does not take part; those who do are {', '.join(known)}")
    return arguments


def _with_version(name: str) -> str:
    try:
        return f"{name} {version(_DISTRIBUTIONS.get(name, name))}"
    except PackageNotFoundError:
        return name  # the socket client, or a checkout on the path


if __name__ == "__main__":
    sys.exit(main())
