"""The command ``provider-conformance``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from provider_conformance._find import HarnessNotFoundError
from provider_conformance._version import __version__

_COMMANDS = (
    "run",
    "verify",
    "list",
    "explain",
    "serve",
    "record",
    "drift",
    "diff",
    "report",
    "rules",
)
_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code; 2 for wrong arguments or an unusable file."""
    options = _parse_arguments(sys.argv[1:] if argv is None else argv)
    try:
        return int(options.main(options))
    except BrokenPipeError:
        # The reader of a pipe has closed it: without this, Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (HarnessNotFoundError, ValueError, OSError) as error:
        print(f"provider-conformance: {error}", file=sys.stderr)
        return _USAGE


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
