"""Decides what becomes of each request, and counts it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from provider_conformance.traffic._counts import Counts, row_of
from provider_conformance.traffic._latencies import Latency
from provider_conformance.traffic._rates import RateLimits
from provider_conformance.traffic._shares import Shares


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a request.

    Attributes:
        row: the name of its row.
        delay: seconds before it gets its reply.
        retry_after: whole seconds to wait; ``None`` unless a limit refuses it.
        fault: the fault that it meets; ``None`` for an answer, and if a limit refuses it.
    """

    row: str
    delay: float
    retry_after: int | None = None
    fault: str | None = None


class Traffic:
    """What a busy service does to its clients; one object per service, used by one thread.

    Args:
        limits: the rate limits.
        latency: how long a request takes that no limit refuses.
        faults: the faults by share.
        rng: the source of latencies and faults; one with a seed repeats them.
        clock: seconds that never go back.

    Attributes:
        counts: what was received and answered so far.
    """

    def __init__(
        self,
        *,
        limits: RateLimits | None = None,
        latency: Latency | None = None,
        faults: Shares | None = None,
        rng: random.Random | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.counts = Counts()
        self._limits = limits
        self._latency = latency or Latency(0, 0)
        self._faults = faults or Shares()
        self._rng = rng or random.Random()
        self._clock = clock
        self._closed_until = -math.inf

    def meet(self, body: bytes, tokens: int = 0, *, would_answer: bool = True) -> Verdict:
        """Count a request and decide what becomes of it; ``leave`` must follow.

        Args:
            body: the request's body, which names the row.
            tokens: what it uses, with its answer.
            would_answer: whether it gets an answer, unless a limit or a fault is in the way; if
                not, such as for a wrong credential, it is only counted and delayed.
        """
        row = row_of(body)
        self.counts.begin(row)
        now = self._clock()
        self.counts.early += now < self._closed_until
        if not would_answer:
            return Verdict(row, self._latency.draw(self._rng))
        if self._limits and (wait := self._limits.take(now, tokens)) is not None:
            self.counts.violations += 1
            retry_after = math.ceil(wait)
            self.ask_to_wait(retry_after)
            return Verdict(row, 0.0, retry_after=retry_after)
        fault = self._faults.draw(self._rng)
        if fault:
            self.counts.faults[fault] += 1
        return Verdict(row, self._latency.draw(self._rng), fault=fault)

    def ask_to_wait(self, seconds: float) -> None:
        """Note that everyone was asked to wait; who comes before that is counted as early."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    def leave(self, verdict: Verdict, *, answered: bool) -> None:
        """Count the end of a request.

        Args:
            verdict: what became of it.
            answered: whether a whole answer was sent.
        """
        self.counts.end(verdict.row, answered=answered)
