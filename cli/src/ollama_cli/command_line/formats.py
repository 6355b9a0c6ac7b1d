"""The formats of results and errors."""

from __future__ import annotations

from collections.abc import Sequence

FORMATS = ("text", "json", "stream-json")


def options_in(arguments: Sequence[str]) -> list[str]:
    """Return the arguments up to ``--``; everything after it is a prompt."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return list(arguments[:end])


def format_in(arguments: Sequence[str]) -> str:
    """Return the format that the raw arguments ask for, whether or not they can be parsed."""
    options = options_in(arguments)
    found = "text"
    for position, argument in enumerate(options):
        if argument.startswith("--format="):
            found = argument.removeprefix("--format=")
        elif argument == "--format":
            found = next(iter(options[position + 1 :]), found)
    return found
