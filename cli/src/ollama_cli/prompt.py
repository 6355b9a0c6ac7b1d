"""The prompt: arguments, standard input, or both."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ollama_cli.stdin import decoded, piped_bytes
from ollama_cli.terminal.output import print_err, print_err_json

MAX_INPUT_BYTES = 16 * 1024 * 1024
"""The most that is read from standard input; no model accepts so much."""

_WAITING = "waiting for standard input to end; to ask without it, add: </dev/null"


def read_prompt(arguments: Sequence[str], timeout: float | None, output_format: str) -> str:
    """Return the arguments, followed by standard input if it is piped.

    Args:
        arguments: the words on the command line.
        timeout: the most seconds to wait for the end of standard input.
        output_format: the form of the line on standard error that says what it waits for.

    Raises:
        click.UsageError: both are empty, or standard input is too long, not text, or does not end.
    """

    def say_what_it_waits_for() -> None:
        if output_format == "text":
            print_err(f"ollama-cli: {_WAITING}")
        elif timeout is None:  # otherwise standard error holds the error of the timeout alone
            print_err_json({"type": "warning", "message": _WAITING})

    data = piped_bytes(MAX_INPUT_BYTES, timeout, say_what_it_waits_for)
    parts = [" ".join(arguments), decoded(data).rstrip("\r\n")]
    prompt = "\n\n".join(part for part in parts if part.strip())
    if not prompt:
        raise click.UsageError("there is no prompt: write it as an argument, or pipe it in")
    return prompt
