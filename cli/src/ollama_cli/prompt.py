"""The prompt: arguments, standard input, or both."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

MAX_INPUT_BYTES = 16 * 1024 * 1024
"""The most that is read from standard input; no model accepts so much."""


def read_prompt(arguments: Sequence[str]) -> str:
    """Return the arguments, followed by standard input if it is piped.

    Raises:
        click.UsageError: both are empty, or standard input is too long or not UTF-8.
    """
    parts = [" ".join(arguments), _piped()]
    prompt = "\n\n".join(part for part in parts if part.strip())
    if not prompt:
        raise click.UsageError("there is no prompt: write it as an argument, or pipe it in")
    return prompt


def _piped() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
    if len(data) > MAX_INPUT_BYTES:
        raise click.UsageError(f"standard input is longer than {MAX_INPUT_BYTES} bytes")
    try:
        return data.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        problem = f"standard input is not UTF-8 text (byte {error.start})"
    raise click.UsageError(problem)
