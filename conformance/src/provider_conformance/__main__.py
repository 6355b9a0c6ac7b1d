"""The command ``provider-conformance``."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from provider_conformance._find import HarnessNotFoundError
from provider_conformance._version import __version__
from provider_conformance.commands._say import complain

_COMMANDS = (
    "run",
    "verify",
    "list",
    "explain",
    "docs",
    "serve",
    "record",
    "drift",
    "wire",
    "diff",
    "report",
    "matrix",
    "rules",
    "mutate",
)
_USAGE = 2
_INTERRUPTED = 130

UNUSABLE = (HarnessNotFoundError, ValueError, OSError)
"""Errors that end a command with 2, and one line on standard error."""

EXIT_CODES = {
    0: "it worked, and nothing that was checked is red",
    1: "a check failed, a proof is not valid, or there are differences",
    _USAGE: "wrong arguments, or a file that cannot be used",
    _INTERRUPTED: "interrupted with Ctrl-C",
}
"""What each exit code says; ``serve`` with a command ends with the command's own."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code; 2 for wrong arguments or an unusable file.

    Without ``argv`` this is the command itself, and the process ends with the exit code: what a
    provider has left to run at the end could change it or hang.
    """
    if argv is None:
        _leave(_run_or_interrupted(sys.argv[1:]))
    return _run(argv)


def _run_or_interrupted(argv: Sequence[str]) -> int:
    try:
        return _run(argv)
    except KeyboardInterrupt:
        complain("interrupted")
        return _INTERRUPTED


def _run(argv: Sequence[str]) -> int:
    options = _parse_arguments(argv)
    try:
        return int(options.main(options))
    except UNUSABLE as error:
        complain(error)
        return _USAGE


def _leave(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            if stream is not None:
                stream.flush()
    os._exit(code)


def _parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    # Split here, because argparse cannot parse positional arguments after options and a "--".
    end = argv.index("--") if "--" in argv else len(argv)
    parser = _parser()
    options = parser.parse_args(argv[:end])
    if end < len(argv):
        if "command" not in options:
            parser.error("only `serve` takes a command after `--`")
        if not argv[end + 1 :]:
            parser.error("a command is missing after `--`")
        options.command = [*options.command, *argv[end + 1 :]]
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="provider-conformance",
        description="Check that a language model provider keeps the contract.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in _COMMANDS:
        module = importlib.import_module(f"provider_conformance.commands.{name}")
        command = commands.add_parser(name, help=module.HELP, description=module.__doc__)
        module.arguments(command)
        command.set_defaults(main=module.main)
    return parser


if __name__ == "__main__":
    sys.exit(main())
