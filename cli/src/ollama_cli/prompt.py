"""The prompt: words of the command line, standard input, or both."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

MAX_INPUT_BYTES = 16 * 1024 * 1024
"""Most that is read from standard input; no model reads as much."""


def read_prompt(words: Sequence[str]) -> str:
    """Return the words, and behind them what is piped in.

    Raises:
        click.UsageError: there is neither, or standard input is no text of a sensible size.
    """
    parts = [" ".join(words), _piped()]
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
