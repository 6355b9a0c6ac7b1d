"""Why a run stopped, as an error with the right exit code."""

from __future__ import annotations

from dataclasses import replace

import click
from provider_sdk.bulk import RunStoppedError

from ollama_cli.command_line.exit_codes import EXIT_CODES, LIMIT


class LimitReachedError(RunStoppedError):
    """A limit on cost or tokens is reached, or the service asks to wait for too long."""


# A question must not import what only bulk runs need, so the table gets their errors here.
EXIT_CODES[LimitReachedError] = LIMIT

_LIMITS = frozenset({"cost", "tokens", "wait"})


_BUDGET = (
    "Your budgets allow no more. Raise budgets in your settings, and give the same command again: "
    "it goes on with the rows that are left."
)


def told(error: RunStoppedError, *, by_budget: bool) -> BaseException:
    """Return the error that the command ends with.

    Args:
        error: what stopped the run.
        by_budget: whether the cap on cost is what the user's budgets leave.
    """
    if by_budget and error.stop.kind == "cost":
        return LimitReachedError(replace(error.stop, hint=_BUDGET))
    if error.stop.kind == "cancelled":
        return click.Abort()
    return LimitReachedError(error.stop) if error.stop.kind in _LIMITS else error
