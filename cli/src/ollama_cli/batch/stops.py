"""Why a run stopped, as an error with the right exit code."""

from __future__ import annotations

import click
from provider_sdk.bulk import RunStoppedError

from ollama_cli.command_line.exit_codes import EXIT_CODES, LIMIT


class LimitReachedError(RunStoppedError):
    """A limit on cost or tokens is reached, or the service asks to wait for too long."""


# A question must not import what only bulk runs need, so the table gets their errors here.
EXIT_CODES[LimitReachedError] = LIMIT

_LIMITS = frozenset({"cost", "tokens", "wait"})


def told(error: RunStoppedError) -> BaseException:
    """Return the error that the command ends with."""
    if error.stop.kind == "cancelled":
        return click.Abort()
    return LimitReachedError(error.stop) if error.stop.kind in _LIMITS else error
