"""``batch --dry-run``: what would be asked, what it may cost, and the first request."""

from __future__ import annotations

import warnings
from typing import Any, cast

from provider_sdk import ChatOptions, Message, ProviderWarning
from provider_sdk.bulk import Plan

from ollama_cli.asking.dry_run import DryRun, dry_run_fields, show_dry_run, unsent
from ollama_cli.batch.going import Going
from ollama_cli.batch.report_json import SCHEMA
from ollama_cli.batch.wording import money, rows
from ollama_cli.processes.loop import run
from ollama_cli.terminal.output import print_err, write_json


def show(going: Going, options: ChatOptions) -> None:
    """Write it; nothing is sent, and no folder is made.

    Args:
        going: the call that would be made.
        options: the options of each call.

    Raises:
        click.ClickException: a hook denies it, or who may be asked has connections of its own.
        ProviderError: the run could not begin.
    """
    plan, _, _ = going.planned()
    found = None
    if plan.first is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ProviderWarning)
            found = run(_first_request(going, plan, options))
    output_format = going.world.output_format
    if output_format != "text":
        write_json({**_fields(plan), "first": None if found is None else dry_run_fields(found)})
        return
    if found is not None:
        show_dry_run(found, output_format)
    for line in _lines(plan, going.who()):
        print_err(line)


async def _first_request(going: Going, plan: Plan, options: ChatOptions) -> DryRun:
    assert plan.first is not None, "somebody is asked"
    world, row = going.world, plan.first
    try:
        await world.hooks.begin(resumes=plan.is_resumed)
        await world.hooks.ask(going.in_words(plan), row.messages)
    finally:
        await world.hooks.end(0)
    choice = world.choice._replace(model=row.model or world.choice.model)
    messages = [Message.from_dict(dict(each)) for each in row.messages]
    own = cast("ChatOptions", {**options, **row.options})
    async with world.router:
        return await unsent(world.router, choice, messages, stream=False, options=own)


def _fields(plan: Plan) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "rows": plan.rows,
        "done": plan.done,
        "failed": plan.failed,
        "unknown": plan.unknown,
        "doubtful": plan.doubtful,
        "left": plan.left,
        "tokens": plan.tokens,
        "cost_usd": None if plan.cost_usd is None else float(plan.cost_usd),
    }


def _lines(plan: Plan, who: str) -> list[str]:
    """Return what would be asked, and what it may cost."""
    lines = [f"Rows: {plan.rows:,}, of which {plan.left:,} would be sent to {who}"]
    if plan.rows != plan.left:
        lines.append(f"Ended: {plan.done:,} done, {plan.failed:,} failed, {plan.unknown:,} unknown")
    if plan.doubtful:
        lines.append(f"In flight at a kill: {rows(plan.doubtful)}")
    price = "not known" if plan.cost_usd is None else f"about {money(plan.cost_usd)}"
    return [*lines, f"Tokens: about {plan.tokens:,}", f"Cost: {price}"]
