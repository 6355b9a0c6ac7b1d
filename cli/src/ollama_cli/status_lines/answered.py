"""What a status line is told after an answer."""

from __future__ import annotations

import time
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from provider_sdk import BaseProvider, UsageRow

from ollama_cli.conversation.known_windows import KnownWindows
from ollama_cli.status_lines.facts import Facts, Spent
from ollama_cli.terminal.answers import Answer


def facts_of(
    answer: Answer,
    provider: BaseProvider,
    calls: Iterable[UsageRow],
    context_window: int | None,
) -> Facts:
    """Return what is known after an answer; nobody is asked for it.

    Args:
        answer: the answer.
        provider: who answered.
        calls: what the calls of the session used, this one among them.
        context_window: the setting; it counts if the service did not say it before.
    """
    route, response = answer.route, answer.response
    known = KnownWindows(time.time).get(provider, route.model) if route.model else None
    return Facts(
        provider=route.provider,
        model=route.model or None,
        served_by=response.served_by,
        session_id=answer.session_id,
        turn=_of_answer(answer),
        session=sum_of(calls),
        context_window=known or context_window,
        duration_s=answer.duration_s,
        first_s=answer.first_s,
        health={
            attempt.provider: attempt.error.message if attempt.error else None
            for attempt in route.attempts
            if attempt.outcome != "skipped"
        },
    )


def _of_answer(answer: Answer) -> Spent | None:
    usage = answer.usage
    if usage is None:
        return None
    return Spent(
        usage.prompt_tokens or 0,
        usage.completion_tokens or 0,
        usage.source,
        None if answer.cost_usd is None else float(answer.cost_usd),
    )


def sum_of(calls: Iterable[UsageRow]) -> Spent | None:
    """Return what calls used together; ``None`` without any call."""
    rows = list(calls)
    if not rows:
        return None
    sources = {row.source for row in rows}
    costs: list[Any] = [row.cost_usd for row in rows if not row.unpriced]
    is_known = costs and len(costs) == len(rows) and None not in costs
    return Spent(
        sum(row.prompt_tokens or 0 for row in rows),
        sum(row.completion_tokens or 0 for row in rows),
        sources.pop() if len(sources) == 1 else "mixed",
        float(sum(costs, Decimal(0))) if is_known else None,
    )
