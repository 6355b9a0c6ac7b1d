"""Writing to the terminal: results to standard output, everything else to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ollama_cli.terminal.escapes import without_escapes
from ollama_cli.terminal.json_text import to_json

Write = Callable[[str], None]
"""Takes a part of the result."""


def write(text: str) -> None:
    """Write a part of the result to standard output, and flush it.

    A character that the terminal lacks becomes a question mark.

    Raises:
        ReaderGoneError: the reader closed the pipe; that is not an error.
        OutputError: it cannot be written, for example because the disk is full.
    """
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def write_json(value: Any, write: Write = write) -> None:
    """Write one JSON value as a line of ASCII, which works in every encoding and terminal."""
    write(to_json(value) + "\n")


def print_err(text: str) -> None:
    """Write a line to standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def warn(message: str, output_format: str) -> None:
    """Write a warning to standard error, in the form of the format."""
    if output_format == "text":
        print_err(f"Warning: {without_escapes(message)}")
    else:
        print_err_json({"type": "warning", "message": without_escapes(message)})


def print_err_json(value: Any) -> None:
    """Write one JSON value as a line of ASCII to standard error."""
    print_err(to_json(value))
