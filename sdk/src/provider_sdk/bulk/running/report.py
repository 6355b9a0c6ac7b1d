"""What a run came to, in figures."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from provider_sdk.bulk.rows import Result
from provider_sdk.bulk.store import SentTwice, Totals

SCHEMA = "ollama-cli-batch/1"

BOUNDS: tuple[float, ...] = tuple(round(0.001 * 2 ** (step / 2), 6) for step in range(45))
"""Upper bounds, in seconds, of the classes that latencies are counted in; 1 ms to over an hour."""

_MOST_EXAMPLES = 20
_MOST_NAMES = 1000
_OTHERS = "(others)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one model of one provider did.

    Attributes:
        provider: who answered.
        model: the model that answered.
        source: ``"reported"`` or ``"estimated"``: where the token counts come from.
        rows: rows that it answered.
        prompt_tokens: tokens that it read; ``completion_tokens`` those that it wrote.
        cost_usd: what they cost; ``None`` if no price is known.
    """

    provider: str
    model: str
    source: str
    rows: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkReport:
    """What a run came to, over all processes that worked at it.

    Attributes:
        rows: how many rows the run has.
        done: rows that were answered.
        failed: rows that failed for good.
        unknown: rows that are left without an answer.
        sent_twice: rows that were sent again although an earlier sending may have been answered.
        tokens: tokens that were used.
        cost_usd: what they cost, as far as prices are known; ``None`` if no price is.
        duration_s: how long this process took.
        served_by: how many rows each back end answered.
        latency: upper bounds in seconds, and how many answered rows took at most as long.
        errors: how many rows failed with each class of error.
        examples: the first results that failed.
        shares: what each model did.
        stopped: why it ended before the last row; ``None`` if it did not.
    """

    rows: int
    done: int
    failed: int
    unknown: int
    sent_twice: Sequence[SentTwice]
    tokens: int
    cost_usd: Decimal | None
    duration_s: float
    served_by: Mapping[str, int]
    latency: Sequence[tuple[float, int]] = ()
    errors: Mapping[str, int] = field(default_factory=dict)
    examples: Sequence[Result] = ()
    shares: Sequence[Share] = ()
    stopped: str | None = None

    @property
    def left(self) -> int:
        """Rows that have not ended."""
        return self.rows - self.done - self.failed - self.unknown

    def quantile(self, share: float) -> float | None:
        """Return within how many seconds such a share of the answers came; ``None`` without any.

        It is the upper bound of a class of ``latency``, so up to 41 % more than the exact value.

        Args:
            share: from 0 to 1, such as 0.5 for the median.
        """
        wanted = share * sum(count for _, count in self.latency)
        seen = 0
        for bound, count in self.latency:
            seen += count
            if seen and seen >= wanted:
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
            "sent_twice": [
                {"index": row.index, "id": row.id, "attempts": row.attempts}
                for row in self.sent_twice
            ],
            "tokens": self.tokens,
            "cost_usd": _number(self.cost_usd),
            "duration_s": round(self.duration_s, 3),
            "served_by": dict(self.served_by),
            "latency_s": {
                name: self.quantile(share)
                for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))
            },
            "latency": [[bound, count] for bound, count in self.latency],
            "errors": dict(self.errors),
            "examples": [
                {
                    "index": row.index,
                    "id": row.id,
                    "type": row.error and row.error.type,
                    "message": row.error and row.error.message,
                }
                for row in self.examples
            ],
            "models": [
                {
                    "provider": share.provider,
                    "model": share.model,
                    "source": share.source,
                    "rows": share.rows,
                    "prompt_tokens": share.prompt_tokens,
                    "completion_tokens": share.completion_tokens,
                    "cost_usd": _number(share.cost_usd),
                }
                for share in self.shares
            ],
            "stopped": self.stopped,
        }


class Tally:
    """Counts results while they pass by."""

    def __init__(self) -> None:
        self._latency = [0] * (len(BOUNDS) + 1)
        self._errors: Counter[str] = Counter()
        self._examples: list[Result] = []
        self._shares: dict[tuple[str, str, str], _Sum] = {}

    def counted(self, results: Iterable[Result]) -> Iterator[Result]:
        """Yield the results as they are, and count them."""
        for result in results:
            if result.state == "done":
                self._count_answer(result)
            elif result.state == "failed":
                self._count_failure(result)
            yield result

    def _count_answer(self, result: Result) -> None:
        self._latency[bisect_left(BOUNDS, result.seconds)] += 1
        source = result.usage.source if result.usage else "unknown"
        key = (result.provider or "", result.model or "", source)
        if key not in self._shares and len(self._shares) >= _MOST_NAMES:
            key = (_OTHERS, _OTHERS, source)
        self._shares.setdefault(key, _Sum()).add(result)

    def _count_failure(self, result: Result) -> None:
        name = result.error.type if result.error else "unknown"
        if name not in self._errors and len(self._errors) >= _MOST_NAMES:
            name = _OTHERS
        self._errors[name] += 1
        if len(self._examples) < _MOST_EXAMPLES:
            self._examples.append(result)

    def report(
        self,
        rows: int,
        totals: Totals,
        sent_twice: Sequence[SentTwice],
        *,
        seconds: float,
        stopped: str | None,
    ) -> BulkReport:
        """Return the report.

        Args:
            rows: how many rows the run has.
            totals: the sums of all shards.
            sent_twice: rows that were sent again.
            seconds: how long this process took.
            stopped: why it ended before the last row.
        """
        bounds = (*BOUNDS, float("inf"))
        return BulkReport(
            rows=rows,
            done=totals.done,
            failed=totals.failed,
            unknown=totals.unknown,
            sent_twice=sent_twice,
            tokens=totals.total_tokens,
            cost_usd=totals.cost if totals.priced or totals.cost else None,
            duration_s=seconds,
            served_by=totals.served_by,
            latency=[each for each in zip(bounds, self._latency, strict=True) if each[1]],
            errors=dict(self._errors.most_common()),
            examples=tuple(self._examples),
            shares=[each.share(*key) for key, each in sorted(self._shares.items())],
            stopped=stopped,
        )


class _Sum:
    __slots__ = ("_completion", "_cost", "_is_priced", "_prompt", "_rows")

    def __init__(self) -> None:
        self._rows = self._prompt = self._completion = 0
        self._cost = Decimal(0)
        self._is_priced = False

    def add(self, result: Result) -> None:
        self._rows += 1
        if result.usage is not None:
            self._prompt += result.usage.prompt_tokens or 0
            self._completion += result.usage.completion_tokens or 0
        if result.cost_usd is not None:
            self._cost += result.cost_usd
            self._is_priced = True

    def share(self, provider: str, model: str, source: str) -> Share:
        cost = self._cost if self._is_priced else None
        return Share(
            provider=provider,
            model=model,
            source=source,
            rows=self._rows,
            prompt_tokens=self._prompt,
            completion_tokens=self._completion,
            cost_usd=cost,
        )


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
