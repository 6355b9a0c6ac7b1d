"""Saying that a conversation was compacted, and what that cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ollama_cli.conversation.context import Compaction
from ollama_cli.terminal.escapes import on_one_line

if TYPE_CHECKING:
    from provider_sdk import UsageRow


def sentence(compaction: Compaction, rows: Iterable[UsageRow]) -> str:
    """Return one line that says what was done and what it cost.

    Args:
        compaction: what was done.
        rows: what the requests for the summary used, and nothing else.
    """
    parts = [
        f"Compacted: a summary replaces {_turns(compaction.covers)} "
        f"(about {compaction.before_tokens:,} tokens before, {compaction.after_tokens:,} now)"
    ]
    if compaction.requests:
        parts.append(_figures(compaction.requests, list(rows)))
    if compaction.by == "extract":
        how = "partly made" if compaction.requests else "made"
        parts.append(f"it was {how} without the model: {on_one_line(compaction.reason)}")
    return "; ".join(parts)


def _turns(count: int) -> str:
    if not count:
        return "a longer summary"
    return "the oldest turn" if count == 1 else f"the {count:,} oldest turns"


def _figures(requests: int, rows: list[UsageRow]) -> str:
    took = "it took 1 request" if requests == 1 else f"it took {requests:,} requests"
    sources = sorted({row.source for row in rows} - {"unknown"}, reverse=True)
    used = [_tokens(source, [row for row in rows if row.source == source]) for source in sources]
    return ", ".join([took, *(used or ["tokens unknown"]), _cost(rows)])


def _tokens(source: str, rows: list[UsageRow]) -> str:
    read = sum(row.prompt_tokens or 0 for row in rows)
    written = sum(row.completion_tokens or 0 for row in rows)
    return f"{read:,} tokens read and {written:,} written ({source})"


def _cost(rows: list[UsageRow]) -> str:
    known = [row.cost_usd for row in rows if row.cost_usd is not None]
    if not known:
        return "cost unknown"
    at_least = "at least " if any(row.unpriced for row in rows) else ""
    return f"cost {at_least}${sum(known):.4f}"
