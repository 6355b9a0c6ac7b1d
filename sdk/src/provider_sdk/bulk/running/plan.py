"""What a run would do, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from provider_sdk._accounting.estimate import estimate_tokens
from provider_sdk._accounting.prices import Prices
from provider_sdk._usage import Usage
from provider_sdk.bulk.inputs import Survey, read_rows
from provider_sdk.bulk.rows import Row
from provider_sdk.bulk.running.opened import Asked, Opened
from provider_sdk.bulk.running.pricing import highest_cost
from provider_sdk.bulk.shards import Shard
from provider_sdk.bulk.store import Totals

_SAMPLE = 100
_GUESSED_ANSWER = 256
"""Tokens that an answer is taken to have, if neither a limit nor an answer says more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do.

    Attributes:
        rows: how many rows the input has.
        done: rows that were answered by earlier processes; ``failed`` and ``unknown`` likewise.
        doubtful: rows that were sent and have no known outcome.
        is_resumed: whether the run has begun before.
        first: the first row of the input.
        tokens: about how many tokens the rows that are left will use, answers included.
        cost_usd: about what they will cost, at the price of the dearest model that rows name;
            ``None`` if a price is not known.
        spent_usd: what was spent before.
    """

    rows: int
    done: int = 0
    failed: int = 0
    unknown: int = 0
    doubtful: int = 0
    is_resumed: bool = False
    first: Row | None = None
    tokens: int = 0
    cost_usd: Decimal | None = None
    spent_usd: Decimal = Decimal(0)

    @property
    def left(self) -> int:
        """Rows that have not ended."""
        return self.rows - self.done - self.failed - self.unknown


def plan_of(found: Survey, asked: Asked, opened: Opened | None, prices: Prices) -> Plan:
    """Return what a run would do.

    Args:
        found: its input.
        asked: what it is asked.
        opened: the run, if it has begun before.
        prices: what tokens cost.
    """
    totals = Totals() if opened is None else sum(opened.records.totals(), Totals())
    sample = _sample(found, asked)
    read = _tokens_read(found, sample)
    share = (found.rows - totals.ended) / found.rows
    usage = Usage(round(read * share), round(_written(asked, totals) * found.rows * share))
    return Plan(
        rows=found.rows,
        done=totals.done,
        failed=totals.failed,
        unknown=totals.unknown,
        doubtful=0 if opened is None else opened.records.doubtful(),
        is_resumed=opened is not None,
        first=sample[0],
        tokens=usage.total_tokens or 0,
        cost_usd=highest_cost(
            usage, found, prices, provider=asked.provider, model=asked.model or ""
        ),
        spent_usd=totals.cost,
    )


def _sample(found: Survey, asked: Asked) -> list[Row]:
    first = Shard(0, 0, min(found.rows, _SAMPLE), found.offsets[0])
    return list(read_rows(asked.input, found.form, first))


def _tokens_read(found: Survey, sample: list[Row]) -> int:
    """Return about how many tokens all rows have, by those of the first of them."""
    tokens = sum(estimate_tokens(row.messages) for row in sample)
    characters = sum(map(_characters, sample))
    return round(tokens * found.characters / characters) if characters else tokens


def _characters(row: Row) -> int:
    texts = (message.get("content") for message in row.messages)
    return sum(len(text) for text in texts if isinstance(text, str))


def _written(asked: Asked, totals: Totals) -> float:
    """Return about how many tokens one answer will have."""
    if totals.done and totals.completion_tokens:
        return totals.completion_tokens / totals.done
    most = asked.options.get("max_tokens")
    return min(most or _GUESSED_ANSWER, _GUESSED_ANSWER)
