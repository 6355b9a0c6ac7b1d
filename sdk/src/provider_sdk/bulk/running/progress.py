"""How far a run is, for whoever watches it."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from provider_sdk.bulk.limits import Coordinator
from provider_sdk.bulk.running.desk import RunDesk
from provider_sdk.bulk.store import Totals

_WINDOW_S = 20.0
"""Rates are those of so many last seconds."""


_COUNTS = ("rows", "done", "failed", "unknown", "tokens", "in_flight", "retried", "concurrency")
_MEASURES = ("seconds", "rows_per_s", "tokens_per_s", "pause")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        rows: how many rows the run has.
        done: rows that were answered, by earlier processes too, as the next three.
        failed: rows that failed for good.
        unknown: rows that are left without an answer.
        tokens: tokens that were used, as reported or estimated.
        cost_usd: what they cost, as far as prices are known; ``None`` if no price is.
        in_flight: rows that have been sent and have not ended.
        retried: attempts of this process that were not the last of their row.
        seconds: since this process began to send.
        rows_per_s: rows that ended per second, lately; ``tokens_per_s`` likewise.
        concurrency: rows that may be in flight now.
        pause: seconds until the next is sent, because the service asks to wait.
    """

    rows: int
    done: int = 0
    failed: int = 0
    unknown: int = 0
    tokens: int = 0
    cost_usd: Decimal | None = None
    in_flight: int = 0
    retried: int = 0
    seconds: float = 0.0
    rows_per_s: float = 0.0
    tokens_per_s: float = 0.0
    concurrency: int = 0
    pause: float = 0.0

    @property
    def left(self) -> int:
        """Rows that have not ended."""
        return self.rows - self.done - self.failed - self.unknown

    @property
    def projected_cost_usd(self) -> Decimal | None:
        """What the whole run will cost if the other rows cost as much; ``None`` if not known."""
        if self.cost_usd is None or not self.done:
            return None
        return self.cost_usd + self.cost_usd / self.done * self.left

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at the present rate; ``None`` if nothing ended lately."""
        seconds = self.left / self.rows_per_s if self.rows_per_s else math.inf
        return seconds if math.isfinite(seconds) else None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        projected = self.projected_cost_usd
        return {
            "rows": self.rows,
            "done": self.done,
            "failed": self.failed,
            "unknown": self.unknown,
            "left": self.left,
            "in_flight": self.in_flight,
            "retried": self.retried,
            "tokens": self.tokens,
            "cost_usd": None if self.cost_usd is None else float(self.cost_usd),
            "projected_cost_usd": None if projected is None else float(projected),
            "seconds": round(self.seconds, 3),
            "seconds_left": self.seconds_left,
            "rows_per_s": round(self.rows_per_s, 3),
            "tokens_per_s": round(self.tokens_per_s, 3),
            "concurrency": self.concurrency,
            "pause": round(self.pause, 3),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Return what ``to_dict`` has written.

        Raises:
            ValueError: it is something else; ``KeyError`` and ``TypeError`` likewise.
        """
        cost = plain["cost_usd"]
        known: dict[str, Any] = {name: int(plain[name]) for name in _COUNTS}
        known |= {name: float(plain[name]) for name in _MEASURES}
        return cls(**known, cost_usd=None if cost is None else Decimal(repr(cost)))


def progress_of(rows: int, totals: Totals) -> Progress:
    """Return how far a run is at which nobody is.

    Args:
        rows: how many rows it has.
        totals: what its rows came to.
    """
    return Progress(
        rows=rows,
        done=totals.done,
        failed=totals.failed,
        unknown=totals.unknown,
        tokens=totals.total_tokens,
        cost_usd=totals.cost if totals.cost or totals.priced else None,
    )


class Meter:
    """Measures a run while it goes on.

    Args:
        rows: how many rows the run has.
        before: what earlier processes did.
        desk: what the workers report.
        coordinator: what they may do.
        clock: returns seconds that only grow.
    """

    def __init__(
        self,
        rows: int,
        before: Totals,
        desk: RunDesk,
        coordinator: Coordinator,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rows = rows
        self._before = before
        self._desk = desk
        self._coordinator = coordinator
        self._clock = clock
        self._began = clock()
        self._past: deque[tuple[float, int, int]] = deque([(self._began, 0, 0)])

    @property
    def seconds(self) -> float:
        """Seconds since it was made."""
        return self._clock() - self._began

    def read(self) -> Progress:
        """Return how far the run is now."""
        sums = self._desk.sums
        here = Totals(
            done=sums.done,
            failed=sums.failed,
            unknown=sums.unknown,
            total_tokens=sums.tokens,
            cost=sums.cost,
        )
        rows_per_s, tokens_per_s = self._rates(here.ended, sums.tokens)
        return replace(
            progress_of(self._rows, self._before + here),
            in_flight=self._coordinator.in_flight,
            retried=sums.retried,
            seconds=self.seconds,
            rows_per_s=rows_per_s,
            tokens_per_s=tokens_per_s,
            concurrency=self._coordinator.concurrency,
            pause=self._coordinator.pause,
        )

    def _rates(self, ended: int, tokens: int) -> tuple[float, float]:
        now = self._clock()
        past = self._past
        while len(past) > 1 and past[1][0] <= now - _WINDOW_S:
            past.popleft()
        then, ended_then, tokens_then = past[0]
        if now > past[-1][0]:
            past.append((now, ended, tokens))
        seconds = now - then
        if seconds <= 0:
            return 0.0, 0.0
        return (ended - ended_then) / seconds, (tokens - tokens_then) / seconds
