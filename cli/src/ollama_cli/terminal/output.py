"""Writing to the terminal: results to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import click

from ollama_cli.terminal.json_text import to_json


def write(text: str) -> None:
    """Write a part of the result to standard output, and flush it.

    Raises:
        click.exceptions.Exit: the reader closed the pipe; that is not an error.
        click.ClickException: it cannot be written, for example because the disk is full.
    """
    if sys.stdout is None:
        raise click.ClickException("the result cannot be written: standard output is closed")
    try:
        sys.stdout.write(_encodable(text))
        sys.stdout.flush()
    except OSError as error:
        _give_up(error)


def write_json(value: Any) -> None:
    """Write one JSON value as a line of ASCII, which works in every encoding and terminal."""
    write(to_json(value) + "\n")


def print_err(text: str) -> None:
    """Write a line to standard error."""
    click.echo(text, err=True)


def print_err_json(value: Any) -> None:
    """Write one JSON value as a line of ASCII to standard error."""
    print_err(to_json(value))


def _encodable(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _give_up(error: OSError) -> NoReturn:
    # Otherwise the interpreter would fail again at exit, when it flushes what is buffered.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        raise click.exceptions.Exit(0)
    raise click.ClickException(f"the result cannot be written: {error.strerror}")
