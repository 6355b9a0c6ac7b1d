"""The command line as text, whatever the locale is."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click


def decoded(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with every byte that the locale could not decode read as UTF-8.

    With ``LC_ALL=C`` Python may leave each byte outside ASCII as half a surrogate pair.

    Raises:
        click.UsageError: one of them is not UTF-8.
    """
    return [_decoded(argument, place) for place, argument in enumerate(arguments, 1)]


def _decoded(argument: str, place: int) -> str:
    try:
        argument.encode()
    except UnicodeEncodeError:
        pass  # it has surrogates
    else:
        return argument
    try:
        return os.fsencode(argument).decode()
    except UnicodeError:
        problem = f"argument {place} is not UTF-8 text: {argument[:60]!a}"
    raise click.UsageError(problem)
