"""Writing to the terminal: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, NoReturn

import click
from provider_sdk.decoding import json_safe


def write(text: str) -> None:
    """Write a piece of the result so that it is seen at once.

    Raises:
        click.exceptions.Exit: whoever read the output has closed it; that is no failure.
        click.ClickException: it cannot be written, because the disk is full for example.
    """
    if sys.stdout is None:
        raise click.ClickException("the result cannot be written: standard output is closed")
    try:
        sys.stdout.write(_encodable(text))
        sys.stdout.flush()
    except OSError as error:
        _give_up(error)


def write_json(value: Any) -> None:
    """Write one JSON value as a line."""
    write(as_json(value) + "\n")


def as_json(value: Any) -> str:
    """Return a value as strict JSON in ASCII, which every encoding and every terminal bears.

    A number that JSON cannot say, which the answer of a plug-in may hold, becomes null.
    """
    return json.dumps(json_safe(value), allow_nan=False)


def note(text: str) -> None:
    """Write a line to standard error."""
    click.echo(text, err=True)


def _encodable(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _give_up(error: OSError) -> NoReturn:
    # What is still buffered would fail once more, and loudly, when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        raise click.exceptions.Exit(0)
    raise click.ClickException(f"the result cannot be written: {error.strerror}")
