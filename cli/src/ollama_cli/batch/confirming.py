"""Asking the person at the terminal before much is sent."""

from __future__ import annotations

import click
from provider_sdk.bulk import Plan

from ollama_cli.batch.wording import money, rows
from ollama_cli.terminal.questions import can_ask, confirm

MANY_ROWS = 1000


def confirm_plan(plan: Plan, who: str, *, yes: bool) -> None:
    """Ask whether to send many rows, or rows whose price is not known.

    Without a terminal nobody is asked.

    Args:
        plan: what would be sent.
        who: who would answer.
        yes: whether the user has agreed already.

    Raises:
        click.ClickException: the user does not want it; nothing was sent.
    """
    left = plan.left
    if yes or not left or not can_ask():
        return
    if left <= MANY_ROWS and plan.cost_usd is not None:
        return
    price = "the price is not known" if plan.cost_usd is None else f"about {money(plan.cost_usd)}"
    question = f"Send {rows(left)} to {who} (about {plan.tokens:,} tokens, {price})?"
    if not confirm(question):
        raise click.ClickException("nothing was sent")


def resolve_doubts(plan: Plan, on_unknown: str) -> str:
    """Return what becomes of rows that were in flight at a kill: ``"retry"`` or ``"skip"``.

    Args:
        plan: says how many there are.
        on_unknown: the option; ``"ask"`` asks the person at the terminal.

    Raises:
        click.UsageError: nobody can be asked.
    """
    if on_unknown != "ask":
        return on_unknown
    if not can_ask():
        raise click.UsageError(
            "--on-unknown ask needs a terminal; choose --on-unknown retry or skip"
        )
    if not plan.doubtful:
        return "retry"
    question = (
        f"{rows(plan.doubtful)} may have been answered and billed when an earlier process was "
        "killed. Send them again?"
    )
    return "retry" if confirm(question, default=True) else "skip"
