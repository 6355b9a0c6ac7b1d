"""Sums of what calls used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact
from operator import attrgetter
from typing import Any, Literal

from provider_sdk._accounting.counted import KEY, CountedCall

FigureSource = Literal["reported", "estimated", "unknown"]
"""Where the token counts of a row come from."""

EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact])
"""Sums and products of money are exact, whatever the precision of the caller's thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """What the calls of one provider, model, day and session used, from one source of figures.

    Attributes:
        day: the local day on which they ended, such as ``"2026-11-29"``.
        session: the session that they belong to, ``None`` outside of any.
        provider: the provider's name.
        model: the model that was asked; the one that answered if none was named.
        source: where the token counts come from. ``"reported"`` by the service;
            ``"estimated"`` if at least one count of each of these calls is; ``"unknown"`` for
            calls that failed before anything arrived.
        calls: how many, failed ones included.
        failed: those without a whole answer.
        retries: further requests for the same calls; what they used is not known.
        prompt_tokens: tokens read; ``None`` if not known, as all counts.
        completion_tokens: tokens written.
        cached_tokens: the part of ``prompt_tokens`` that was read from a cache.
        cache_write_tokens: the part of ``prompt_tokens`` that was written to one.
        reasoning_tokens: the part of ``completion_tokens`` that was reasoning.
        cost_usd: what the calls with a known price cost; ``None`` without such a call, never 0.
        unpriced: calls whose cost is not known; while there are any, ``cost_usd`` is too low.
    """

    day: str = ""
    session: str | None = None
    provider: str = ""
    model: str = ""
    source: FigureSource = "unknown"
    calls: int = 0
    failed: int = 0
    retries: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: Decimal | None = None
    unpriced: int = 0

    def __add__(self, other: UsageRow) -> UsageRow:
        """Return the sum of both, with the names of the first."""
        return UsageRow(
            day=self.day,
            session=self.session,
            provider=self.provider,
            model=self.model,
            source=self.source,
            calls=self.calls + other.calls,
            failed=self.failed + other.failed,
            retries=self.retries + other.retries,
            prompt_tokens=_total((self.prompt_tokens, other.prompt_tokens)),
            completion_tokens=_total((self.completion_tokens, other.completion_tokens)),
            cached_tokens=_total((self.cached_tokens, other.cached_tokens)),
            cache_write_tokens=_total((self.cache_write_tokens, other.cache_write_tokens)),
            reasoning_tokens=_total((self.reasoning_tokens, other.reasoning_tokens)),
            cost_usd=money_sum((self.cost_usd, other.cost_usd)),
            unpriced=self.unpriced + other.unpriced,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON types; the cost becomes a float."""
        return {**asdict(self), "cost_usd": None if self.cost_usd is None else float(self.cost_usd)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> UsageRow:
        """Return the row that ``to_dict`` described, also after it was JSON."""
        cost = data.get("cost_usd")
        return cls(**{**data, "cost_usd": None if cost is None else Decimal(str(cost))})


def row_of(calls: Sequence[CountedCall]) -> UsageRow:
    """Return the row of calls with the same names."""
    day, session, provider, model, source, *_ = calls[0]
    usages = [call.usage for call in calls]
    costs = [call.cost_usd for call in calls]
    return UsageRow(
        day=day.isoformat(),
        session=session,
        provider=provider,
        model=model,
        source=source,
        calls=len(calls),
        failed=sum(call.failed for call in calls),
        retries=sum(call.retries for call in calls),
        prompt_tokens=_total([usage.prompt_tokens for usage in usages]),
        completion_tokens=_total([usage.completion_tokens for usage in usages]),
        cached_tokens=_total([usage.cached_tokens for usage in usages]),
        cache_write_tokens=_total([usage.cache_write_tokens for usage in usages]),
        reasoning_tokens=_total([usage.reasoning_tokens for usage in usages]),
        cost_usd=money_sum(costs),
        unpriced=costs.count(None),
    )


_key = attrgetter(*KEY)


def add_row(sums: dict[tuple[Any, ...], UsageRow], row: UsageRow) -> None:
    """Add a row to the one with the same names, or as a new one."""
    key = _key(row)
    sums[key] = sums[key] + row if key in sums else row


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def money_sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the exact sum of the amounts that are known, ``None`` if none is."""
    total: Decimal | None = None
    for amount in amounts:
        if amount is not None:
            total = amount if total is None else EXACT.add(total, amount)
    return total
