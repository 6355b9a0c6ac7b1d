"""What a run came to, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from typing import Any

from provider_sdk.bulk.rows import Result
from provider_sdk.bulk.running.opened import Opened
from provider_sdk.bulk.store import ModelSums, SentTwice, Totals

SCHEMA = "ollama-cli-batch/1"

_SECONDS = tuple(round(0.001 * 2 ** (step / 2), 6) for step in range(45))
_MOST_EXAMPLES = 20

Classes = Sequence[tuple[float | None, int]]
"""Upper bounds and how many are in each class; the bound of the last may be ``None``: no bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one model of one provider did.

    Attributes:
        provider: who answered.
        model: the model that answered; ``""`` if nobody said.
        source: ``"reported"`` or ``"estimated"``: where the token counts come from.
        rows: rows that it answered.
        prompt_tokens: tokens that it read.
        completion_tokens: tokens that it wrote.
        cost_usd: what they cost; ``None`` if no price is known.
    """

    provider: str
    model: str
    source: str
    rows: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Decimal | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return {
            "provider": self.provider,
            "model": self.model,
            "source": self.source,
            "rows": self.rows,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": _number(self.cost_usd),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkReport:
    """What a run came to, over all processes that worked at it.

    Attributes:
        rows: how many rows the run has.
        done: rows that were answered.
        failed: rows that failed for good.
        unknown: rows that are left without an answer.
        sent_twice: by id (by number, of a row that has not ended) the rows that were sent again
            although an earlier sending may have been answered, and how often each was sent.
        tokens: tokens that were used.
        cost_usd: what they cost, as far as prices are known; ``None`` if no price is.
        duration_s: how long this process took; 0 if the report is made afterwards.
        served_by: how many rows each back end answered.
        latency: how many answers came within so many seconds and not within the bound before.
        errors: how many rows failed with each class of error.
        examples: the first results that failed.
        shares: what each model did.
        stopped: why it ended before the last row; ``None`` if it did not.
    """

    rows: int
    done: int
    failed: int
    unknown: int
    sent_twice: Mapping[str, int] = field(default_factory=dict)
    tokens: int = 0
    cost_usd: Decimal | None = None
    duration_s: float = 0.0
    served_by: Mapping[str, int] = field(default_factory=dict)
    latency: Classes = ()
    errors: Mapping[str, int] = field(default_factory=dict)
    examples: Sequence[Result] = ()
    shares: Sequence[Share] = ()
    stopped: str | None = None

    @property
    def left(self) -> int:
        """Rows that have not ended."""
        return self.rows - self.done - self.failed - self.unknown

    def quantile(self, share: float) -> float | None:
        """Return within how many seconds such a share of the answers came.

        It is the upper bound of a class of ``latency``, so up to 42 % more than the exact value;
        ``None`` without answers, or if it is beyond the last bound.

        Args:
            share: from 0 to 1, such as 0.5 for the median.
        """
        wanted = share * sum(count for _, count in self.latency)
        seen = 0
        for bound, count in self.latency:
            seen += count
            if seen >= wanted:
                return bound
        return None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return {
            "schema": SCHEMA,
            "rows": self.rows,
            "done": self.done,
            "failed": self.failed,
            "unknown": self.unknown,
            "left": self.left,
            "sent_twice": list(self.sent_twice),
            "sent_twice_attempts": dict(self.sent_twice),
            "tokens": self.tokens,
            "cost_usd": _number(self.cost_usd),
            "duration_s": round(self.duration_s, 3),
            "served_by": dict(self.served_by),
            "latency_s": {name: self.quantile(share) for name, share in _QUANTILES},
            "latency": [[bound, count] for bound, count in self.latency],
            "errors": dict(self.errors),
            "examples": [_example(result) for result in self.examples],
            "models": [share.to_dict() for share in self.shares],
            "stopped": self.stopped,
        }


_QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


def report_of(opened: Opened, *, seconds: float = 0.0, stopped: str | None = None) -> BulkReport:
    """Return what a run came to until now.

    Args:
        opened: the run.
        seconds: how long this process took.
        stopped: why it ended before the last row.

    Raises:
        JournalError: a journal cannot be read.
    """
    totals = Totals()
    sent_twice: dict[str, int] = {}
    within: Counter[float] = Counter()
    errors: Counter[str] = Counter()
    examples: list[Result] = []
    sums: list[ModelSums] = []
    for journal in opened.records.journals():
        here = journal.totals()
        totals += here
        sent_twice |= {_name(row): row.attempts for row in journal.sent_twice()}
        within.update(dict(zip(_SECONDS, journal.latencies(_SECONDS), strict=True)))
        errors.update(journal.errors())
        sums += journal.sums_by_model()
        examples += islice(journal.failures(), _MOST_EXAMPLES - len(examples))
    return BulkReport(
        rows=opened.rows,
        done=totals.done,
        failed=totals.failed,
        unknown=totals.unknown,
        sent_twice=sent_twice,
        tokens=totals.total_tokens,
        cost_usd=totals.cost if totals.priced or totals.cost else None,
        duration_s=seconds,
        served_by=totals.served_by,
        latency=_classes(_SECONDS, [within[bound] for bound in _SECONDS], totals.done),
        errors=dict(errors.most_common()),
        examples=examples,
        shares=_shares(sums),
        stopped=stopped,
    )


def _name(row: SentTwice) -> str:
    return str(row.index) if row.id is None else row.id


def _classes(bounds: Sequence[float], within: Sequence[int], all: int) -> Classes:
    """Return the classes that have any, from how many are within each bound."""
    below = (0, *within)
    found = [(bound, n - m) for bound, n, m in zip(bounds, within, below, strict=False) if n > m]
    rest = all - below[-1]
    return (*found, (None, rest)) if rest > 0 else found


def _shares(sums: Iterable[ModelSums]) -> list[Share]:
    """Return what each model did over all shards."""
    found: dict[tuple[str, str, str], Share] = {}
    for each in sums:
        key = (each.provider, each.model or "", each.source)
        cost = each.cost if each.priced else None
        added = Share(
            provider=key[0],
            model=key[1],
            source=key[2],
            rows=each.rows,
            prompt_tokens=each.prompt_tokens,
            completion_tokens=each.completion_tokens,
            cost_usd=cost,
        )
        found[key] = _both(found[key], added) if key in found else added
    return [found[key] for key in sorted(found)]


def _both(one: Share, other: Share) -> Share:
    costs = [cost for cost in (one.cost_usd, other.cost_usd) if cost is not None]
    return replace(
        one,
        rows=one.rows + other.rows,
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        cost_usd=sum(costs, Decimal(0)) if costs else None,
    )


def _example(result: Result) -> dict[str, Any]:
    error = result.error
    return {
        "index": result.index,
        "id": result.id,
        "error": error
        and {
            "type": error.type,
            "message": error.message,
            "status": error.status,
            "request_id": error.request_id,
        },
    }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
