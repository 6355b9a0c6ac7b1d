"""Why a run stops before its last row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.limits.budgets import Budget

StopKind = Literal["cost", "tokens", "errors", "wait", "error", "cancelled"]
"""Which limit was reached: a cap, or the longest wait that a service may ask for; ``"error"`` is
an error that would meet every row, ``"cancelled"`` that somebody asked the run to end."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why no row is sent any more; what was sent is awaited and kept.

    Attributes:
        kind: which limit was reached.
        message: what happened, with the figures; it begins in lower case and has no full stop.
        hint: what to do, a whole sentence.
    """

    kind: StopKind
    message: str
    hint: str = ""


class RunStoppedError(BulkError):
    """No row is sent any more.

    Attributes:
        stop: why.
    """

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.message, hint=stop.hint or None)
        self.stop = stop


def used_up(kind: Literal["cost", "tokens"], budget: Budget) -> Stop:
    """Return the stop for a cap on cost or tokens that is reached."""
    option = "--max-cost" if kind == "cost" else "--max-tokens-total"
    unit = "USD" if kind == "cost" else "tokens"
    lost = f", and lost workers up to {budget.lost}" if budget.lost else ""
    return Stop(
        kind,
        f"the run has used {budget.spent} of {budget.cap} {unit}{lost}",
        f"Raise {option} and give the same command again: it goes on with the rows that are left.",
    )


def too_many_errors(failed: int, ended: int, allowed: int | str | None) -> Stop:
    """Return the stop for more failed rows than are allowed."""
    return Stop(
        "errors",
        f"{failed} of {ended} rows failed; at most {allowed} may fail",
        "See why in the report; `batch retry` asks the failed rows again.",
    )


def too_long(seconds: float) -> Stop:
    """Return the stop for a wait that is too long to sit through."""
    hours = seconds / 3600
    wait = f"{hours:.1f} hours" if hours < 100_000 else "longer than anybody lives"
    return Stop(
        "wait",
        f"the service asks to wait {wait} before the next request",
        "Give the same command again after that time: it goes on with the rows that are left.",
    )
