"""Keeps one worker to its grant: a row needs a slot, a part of the rate, and budget."""

from __future__ import annotations

import asyncio
import math
import random
from collections import OrderedDict
from decimal import Decimal
from types import TracebackType
from typing import Final

from provider_sdk.bulk.limits.clock import Clock, SystemClock
from provider_sdk.bulk.limits.grants import Grant, Renew, Spent
from provider_sdk.bulk.limits.ledger import Ledger
from provider_sdk.bulk.limits.outcomes import Outcome
from provider_sdk.bulk.limits.pauses import LONGEST_WAIT, seconds_asked
from provider_sdk.bulk.limits.stops import RunStoppedError, Stop

RAMP: Final = 2.0
"""Seconds in which as many rows as may be in flight come back after a pause, at random."""
_LEAST_NAP: Final = 0.001
_NEWS: Final = 1.0
"""Seconds by which a refusal must prolong the pause to be reported at once."""
_CLOSED: Final = Stop("cancelled", "the limiter is closed")


class Permit:
    """One attempt that may be sent: a slot, and what was reserved for it."""

    __slots__ = ("_limiter", "at", "cuts", "is_out", "report", "tokens")

    def __init__(self, limiter: Limiter, tokens: int, grant: Grant, report: int) -> None:
        self._limiter = limiter
        self.tokens: int = tokens
        self.at: float = grant.at
        self.cuts: int = grant.cuts
        self.report: int = report
        self.is_out: bool = True

    def release(self, outcome: Outcome) -> None:
        """Give the slot back, and say what became of the attempt; a second time does nothing."""
        if self.is_out:
            self.is_out = False
            self._limiter.settle(self, outcome)

    def withdraw(self) -> None:
        """Give everything back, as nothing was sent; after ``release`` it does nothing."""
        if self.is_out:
            self.is_out = False
            self._limiter.withdraw(self)


class Limiter:
    """Lets rows of one worker pass, first come, first served.

    ::

        async with Limiter(renew, "worker-1") as limiter:
            permit = await limiter.acquire(tokens)
            try:
                ...  # one attempt
            finally:
                permit.release(Outcome(tokens=used))

    A cancelled ``acquire`` gives back what it was about to get. Whatever the worker has used and
    not yet reported is reported when the limiter closes.
    """

    def __init__(
        self,
        renew: Renew,
        worker: str,
        clock: Clock | None = None,
        *,
        rng: random.Random | None = None,
    ) -> None:
        """Send nothing yet.

        Args:
            renew: reports to the coordinator, and returns the next grant.
            worker: the worker's name; one that is started anew takes another.
            clock: tells the time.
            rng: spreads the rows that come back after a pause.
        """
        self._renew = renew
        self._clock = clock or SystemClock()
        self._rng = rng or random.Random()
        self._ledger = Ledger(worker)
        self._grant = Grant(seconds=0.0, concurrency=0)
        self._until = -math.inf
        self._not_before = -math.inf
        self._returned = math.inf
        self._queue: OrderedDict[asyncio.Future[Permit], int] = OrderedDict()
        self._urgent = False
        self._renewing: asyncio.Task[None] | None = None
        self._nap: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._closing = False
        self._was_hungry = False
        self._in_flight = 0
        self._reserved = 0
        self._attempts = 0
        self._cost = Decimal(0)

    async def __aenter__(self) -> Limiter:
        """Ask for the first grant as soon as the event loop runs."""
        self._renewing = asyncio.create_task(self._keep())
        self._renewing.add_done_callback(self._tell_waiting)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Report what is not yet reported."""
        await self.aclose()

    @property
    def in_flight(self) -> int:
        """How many permits are out."""
        return self._in_flight

    @property
    def grant(self) -> Grant:
        """The present grant, for showing."""
        return self._grant

    async def acquire(self, tokens: int = 0) -> Permit:
        """Wait until one attempt may be sent, and return its permit.

        Args:
            tokens: how many the attempt may use, as estimated; what it did use corrects that.

        Raises:
            RunStoppedError: no row is sent any more.
            BulkError: the coordinator cannot be reached.
        """
        self._check()
        if not self._queue and self._may_start(tokens):
            return self._start(tokens)
        turn: asyncio.Future[Permit] = asyncio.get_running_loop().create_future()
        self._queue[turn] = tokens
        if not self._was_hungry:
            self._ask_now()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                turn.result().withdraw()
            else:
                self._queue.pop(turn, None)
                self._serve()
            raise

    def count(self, *, done: int = 0, failed: int = 0, unknown: int = 0) -> None:
        """Count rows that ended without an attempt, such as those that a kill left unknown."""
        self._ledger.count(done=done, failed=failed, unknown=unknown)
        self._check_failures()

    async def aclose(self) -> None:
        """Let nobody start any more, and report what is not yet reported.

        Raises:
            BulkError: the coordinator cannot be reached.
        """
        keeper, self._renewing, self._closing = self._renewing, None, True
        if keeper is not None:
            self._wake()
            await keeper
            await self._renew(self._report())

    def settle(self, permit: Permit, outcome: Outcome) -> None:
        """Count what a permit was used for; ``Permit.release`` calls it."""
        self._give_back(permit)
        tokens = permit.tokens if outcome.tokens is None else outcome.tokens
        self._ledger.add(outcome, tokens, permit.tokens, permit.at)
        self._attempts += 1
        self._cost += outcome.cost or 0
        if outcome.slowed or outcome.retry_after:
            self._slow_down(permit, outcome)
        self._check_failures()
        self._serve()

    def withdraw(self, permit: Permit) -> None:
        """Take back a permit that was not used; ``Permit.withdraw`` calls it."""
        self._give_back(permit)
        self._ledger.withdraw(permit.report, permit.tokens, permit.at)
        self._serve()

    def _check(self) -> None:
        """Raise what keeps anybody from starting."""
        if self._grant.stop is not None:
            raise RunStoppedError(self._grant.stop)
        if self._failure is not None:
            raise self._failure

    def _may_start(self, tokens: int) -> bool:
        """Return whether a slot, rate and budget for one attempt are there now."""
        grant, ledger, now = self._grant, self._ledger, self._clock.now()
        return (
            self._in_flight < grant.concurrency
            and self._not_before <= now < self._until
            and (grant.requests is None or ledger.sent < grant.requests)
            and (grant.tokens is None or ledger.reserved + tokens <= grant.tokens)
            and self._can_pay(grant, tokens)
        )

    def _can_pay(self, grant: Grant, tokens: int) -> bool:
        """Return whether the budget holds out for one more attempt beside those in flight.

        What is left may be less than one attempt: it is used up by one that is alone.
        """
        ledger = self._ledger
        is_alone = not self._in_flight
        if grant.total_tokens is not None:
            used = ledger.tokens + self._reserved
            lasts = used + tokens <= grant.total_tokens or (is_alone and not ledger.tokens)
            if not lasts or used >= grant.total_tokens:
                return False
        if grant.cost is None:
            return True
        expected = self._cost / max(1, self._attempts) * (self._in_flight + 1)
        lasts = ledger.cost + expected <= grant.cost or (is_alone and not ledger.cost)
        return lasts and ledger.cost < grant.cost

    def _start(self, tokens: int) -> Permit:
        """Take a slot and a reservation."""
        self._in_flight += 1
        self._reserved += tokens
        self._ledger.start(tokens, self._in_flight)
        if self._returned < self._grant.concurrency:
            # The first rows after a pause come one by one.
            self._returned += 1
            gap = self._rng.uniform(0, 2 * RAMP / self._grant.concurrency)
            self._not_before = self._clock.now() + gap
        return Permit(self, tokens, self._grant, self._ledger.number)

    def _give_back(self, permit: Permit) -> None:
        self._in_flight -= 1
        self._reserved -= permit.tokens

    def _slow_down(self, permit: Permit, outcome: Outcome) -> None:
        """Report a refusal at once, and hold everybody if the service asked for it.

        One that belongs to a burst that is known already is only noted.
        """
        asked = seconds_asked(outcome.retry_after)
        if outcome.slowed:
            self._ledger.slow(permit.cuts)
        is_news = permit.cuts == self._grant.cuts
        if asked:
            self._ledger.retry_after = max(self._ledger.retry_after, asked)
            until = self._clock.now() + min(asked, LONGEST_WAIT)
            is_news = is_news or until > self._not_before + _NEWS
            self._hold(until)
        if is_news:
            self._ask_now()

    def _check_failures(self) -> None:
        """Report before anything more is sent, if so many rows failed that the run may stop."""
        failures = self._grant.failures
        if failures is not None and self._ledger.failed >= failures:
            self._ask_first()

    def _ask_first(self) -> None:
        """Start nobody before the next grant, and ask for it at once."""
        self._until = -math.inf
        self._ask_now()

    def _hold(self, until: float) -> None:
        """Send nothing until that time, and then not everything in one instant."""
        self._not_before = max(self._not_before, until)
        self._returned = 0

    def _serve(self) -> None:
        """Let rows start in their order, as far as the grant goes."""
        while self._queue:
            turn, tokens = next(iter(self._queue.items()))
            if not turn.done():
                if not self._may_start(tokens):
                    break
                turn.set_result(self._start(tokens))
            del self._queue[turn]
        if self._queue and self._returned < self._grant.concurrency:
            self._wake()

    def _ask_now(self) -> None:
        """Renew the grant although it has not run out."""
        self._urgent = True
        self._wake()

    def _wake(self) -> None:
        if self._nap is not None:
            self._nap.cancel()

    def _report(self) -> Spent:
        """Return what was used; the grant is not used any more, as its rest goes back."""
        self._until = -math.inf
        self._was_hungry = bool(self._queue)
        return self._ledger.report(
            in_flight=self._in_flight,
            unsettled=self._reserved,
            wanted=len(self._queue),
            need=next(iter(self._queue.values()), 0),
            leaves=self._closing,
        )

    async def _keep(self) -> None:
        """Renew the grant whenever it runs out, until the run stops."""
        while not self._closing:
            if self._urgent or self._clock.now() >= self._until:
                self._urgent = False
                self._take(await self._renew(self._report()))
                if self._grant.stop is not None:
                    return
            self._serve()
            if not self._urgent and not self._closing:
                await self._rest()

    def _tell_waiting(self, keeper: asyncio.Task[None]) -> None:
        """Tell whoever waits why there are no more grants."""
        error = None if keeper.cancelled() else keeper.exception()
        if error is None:
            error = RunStoppedError(self._grant.stop or _CLOSED)
        self._failure = error
        for turn in self._queue:
            if not turn.done():
                turn.set_exception(error)
        self._queue.clear()

    def _take(self, grant: Grant) -> None:
        """Go on with a new grant."""
        now = self._clock.now()
        self._grant = grant
        self._until = now + grant.seconds
        if grant.pause > 0:
            self._hold(now + grant.pause)

    async def _rest(self) -> None:
        """Sleep until the grant runs out, or the next row may start, or somebody wakes it."""
        now = self._clock.now()
        until = self._until
        if self._queue and now < self._not_before:
            until = min(until, self._not_before)
        self._nap = asyncio.ensure_future(self._clock.sleep(max(_LEAST_NAP, until - now)))
        try:
            await asyncio.wait([self._nap])
        finally:
            self._nap.cancel()
            self._nap = None
