"""``ollama-cli usage``: the tokens and the cost of all calls."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

import click
from provider_sdk import UsageRow

from ollama_cli.command_line import options
from ollama_cli.conversation.store import Store
from ollama_cli.conversation.usage import BY, NAMES, By, usage
from ollama_cli.terminal.bars import bars
from ollama_cli.terminal.counted import counted
from ollama_cli.terminal.escapes import values_without_escapes
from ollama_cli.terminal.output import write, write_json
from ollama_cli.terminal.tables import table

_DEFAULT_DAYS = 30
_UNKNOWN = "unknown"


@click.command("usage")
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(min=1),
    default=_DEFAULT_DAYS,
    help=f"The last N days, today among them. Default: {_DEFAULT_DAYS}.",
)
@click.option("--by", type=click.Choice(BY), help="Add up by this alone. Default: all but session.")
@options.with_options(options.output_format, options.verbose)
def command(days: int, by: str | None, output_format: str, verbose: bool) -> None:
    """Show the tokens and the cost of all calls.

    Figures that the service reported and those that were estimated are in lines of their own, and
    so are calls whose price is not known. A day is that of your clock when the call ended. Calls of
    summaries, and those that failed, are counted. On a terminal, bars show the tokens per day.
    """
    chosen = cast("By | None", by)
    with Store.open(create=False) as store:
        rows = usage(store, days=days, by=chosen)
        daily = usage(store, days=days, by="day") if _shows_bars(output_format) else []
    if output_format != "text":
        write_json({"rows": values_without_escapes([_fields(row, chosen) for row in rows])})
    elif rows:
        write(_text(rows, chosen))
        write(bars(_tokens(daily)))
    else:
        write(f"No call in the last {counted(days, 'day')}.\n")


def _shows_bars(output_format: str) -> bool:
    return output_format == "text" and sys.stdout.isatty()


def _fields(row: UsageRow, by: By | None) -> dict[str, Any]:
    """Return a row as JSON; what it is not told apart by is null."""
    names = {name: getattr(row, name) or None for name in ("day", "provider", "model")}
    session = {"session": row.session} if by == "session" else {}
    cost = _cost(row)
    return {
        **session,
        **names,
        "calls": row.calls,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "cost_usd": None if cost is None else float(cost),
        "source": row.source,
    }


def _cost(row: UsageRow) -> Decimal | None:
    """Return the cost of all calls of the row; if one is not known, neither is the sum."""
    return None if row.unpriced else row.cost_usd


def _text(rows: Iterable[UsageRow], by: By | None) -> str:
    names = NAMES[by]
    titles = [*(name.upper() for name in names), "CALLS", "PROMPT", "COMPLETION", "COST", "SOURCE"]
    return table([titles, *(_cells(row, names) for row in rows)])


def _cells(row: UsageRow, names: Iterable[str]) -> list[str]:
    cost = _cost(row)
    return [
        *(getattr(row, name) or "-" for name in names),
        str(row.calls),
        _count(row.prompt_tokens),
        _count(row.completion_tokens),
        _UNKNOWN if cost is None else f"${cost:.4f}",
        row.source,
    ]


def _count(tokens: int | None) -> str:
    return _UNKNOWN if tokens is None else f"{tokens:,}"


def _tokens(rows: Iterable[UsageRow]) -> dict[str, tuple[int, int]]:
    """Return the tokens of each day: those reported, and those estimated."""
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        reported, estimated = found.get(row.day, (0, 0))
        tokens = (row.prompt_tokens or 0) + (row.completion_tokens or 0)
        if row.source == "reported":
            reported += tokens
        else:
            estimated += tokens
        found[row.day] = reported, estimated
    return found
