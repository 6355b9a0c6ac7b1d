"""Divides the limits of the whole run between its workers, a few seconds at a time."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from typing import Final

from provider_sdk.bulk.limits.budgets import Budget
from provider_sdk.bulk.limits.climb import MOST_PER_WORKER, Climb
from provider_sdk.bulk.limits.clock import Time
from provider_sdk.bulk.limits.grants import Grant, Spent
from provider_sdk.bulk.limits.lenders import SOON, Lender
from provider_sdk.bulk.limits.members import Member, Members
from provider_sdk.bulk.limits.pauses import LONGEST_WAIT, Pause, seconds_asked
from provider_sdk.bulk.limits.settings import Caps, Limits
from provider_sdk.bulk.limits.stops import Stop, too_long, too_many_errors, used_up

_GROWTH: Final = 1.5
"""What a worker gets that has used less than its part: this times what it used."""
_LATEST: Final = 1.0
"""Seconds by which a worker comes back later from a pause at most."""
_EARLIEST: Final = 0.9
"""The part of a lease after which a worker may be told to ask again: not all ask at once."""
_ROUNDING: Final = 1e-6


class Coordinator:
    """Knows what the whole run may do, and lends each worker a part.

    Each call takes constant time, however many workers there are.
    """

    def __init__(
        self,
        limits: Limits,
        caps: Caps,
        clock: Time,
        *,
        lease: float = 1.0,
        before: Spent | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """Begin with nothing lent.

        Args:
            limits: how fast the run sends.
            caps: how much it may use.
            clock: tells the time.
            lease: seconds that a grant is valid. Longer ones are fewer, and use less of the limits
                per minute: 96 % with 1 second, 94 % with 2.
            before: what earlier processes of this run used: ``tokens``, ``cost``, ``done`` and
                ``failed`` count against the caps.
            rng: decides how long each worker waits after a pause, so that they do not all come
                back at once.
        """
        now = clock.now()
        before = before or Spent(worker="")
        self._clock = clock
        self._caps = caps
        self._lease = lease
        self._rng = rng or random.Random()
        self._requests = Lender(limits.rpm, lease, now) if limits.rpm else None
        self._tokens = Lender(limits.tpm, lease, now) if limits.tpm else None
        self._cost = None if caps.cost_usd is None else Budget(caps.cost_usd, before.cost)
        self._total = None
        if caps.tokens is not None:
            self._total = Budget(Decimal(caps.tokens), Decimal(before.tokens))
        self._climb = Climb(limits.concurrency, now)
        self._pause = Pause()
        self._members = Members(lease)
        self._done, self._failed = before.done, before.failed
        self._stopped_by: Stop | None = None
        self._check_caps()

    @property
    def stopped(self) -> Stop | None:
        """Why no row is sent any more; ``None`` while the run goes on."""
        return self._stopped_by

    @property
    def concurrency(self) -> int:
        """How many requests may be in flight now, over all workers."""
        return self._climb.limit

    @property
    def in_flight(self) -> int:
        """How many requests are in flight, as the workers last reported."""
        return self._members.in_flight

    @property
    def pause(self) -> float:
        """Seconds until anything is sent again, because the service asked for it."""
        return self._pause.left(self._clock.now())

    def stop(self, reason: Stop) -> None:
        """Let no worker send anything more; the first reason stays."""
        self._stopped_by = self._stopped_by or reason

    def lost(self, worker: str) -> None:
        """Lend to others what a worker held that died; what it may have spent counts as spent."""
        member = self._members.expire(worker)
        if member is not None:
            self._lose(member, 1)
            member.is_lost = True

    def renew(self, spent: Spent) -> Grant:
        """Count what a worker has used, take the rest back, and return what it may use next.

        A report that arrives twice is counted once, and gets the same grant again.
        """
        now = self._clock.now()
        member = self._members.report(spent.worker, now)
        if spent.number and spent.number <= member.number:
            return member.same_again(now)
        if member.is_lost:
            self._lose(member, -1)
            member.is_lost = False
        self._take_back(member, spent, now)
        self._count(spent)
        self._members.set(member, slots=member.slots, in_flight=spent.in_flight)
        self._slow_down(spent, now)
        self._check_caps()
        part = self._members.division.part(member.share, self._want(spent, now - member.seen))
        member.grant = self._grant(member, spent, part, now)
        member.number, member.seen = spent.number, now
        if spent.leaves:
            self.lost(spent.worker)
        while silent := self._members.silent(now):
            self.lost(silent)
        return member.grant

    def _lose(self, member: Member, sign: int) -> None:
        """Count the budget of a lost worker as spent, or no longer if it has come back."""
        if self._cost:
            self._cost.lose(sign * member.cost_held)
        if self._total:
            self._total.lose(sign * member.total_held)

    def _take_back(self, member: Member, spent: Spent, now: float) -> None:
        """Return the unused part of the last grant, and correct what was reserved."""
        grant = member.grant
        if self._requests:
            unused = (grant.requests or 0) - spent.sent
            self._requests.correct(member.requests, unused, grant.at, now)
        if self._tokens:
            unused = (grant.tokens or 0) - spent.reserved
            self._tokens.correct(member.tokens, unused, grant.at, now)
            for at, more in spent.corrected:
                self._tokens.correct(member.tokens, -more, at, now)

    def _count(self, spent: Spent) -> None:
        """Add what a worker reports to the whole run."""
        self._done += spent.done
        self._failed += spent.failed
        attempts = spent.done + spent.failed + spent.retried
        if self._cost:
            self._cost.count(spent.cost, attempts)
        if self._total:
            self._total.count(Decimal(spent.tokens), attempts)

    def _slow_down(self, spent: Spent, now: float) -> None:
        """Pause, and lower or raise the concurrency, as the service asked."""
        asked = seconds_asked(spent.retry_after)
        if asked > LONGEST_WAIT:
            self.stop(too_long(asked))
        self._pause.ask(min(asked, LONGEST_WAIT), now)
        if spent.slowed:
            self._climb.slowed(spent.cuts, now)
        elif spent.clean:
            used = self._members.in_flight - spent.in_flight + spent.peak
            most = MOST_PER_WORKER * self._members.division.members
            self._climb.clean(spent.clean, used, most, now)

    def _check_caps(self) -> None:
        if self._cost and self._cost.is_used_up:
            self.stop(used_up("cost", self._cost))
        if self._total and self._total.is_used_up:
            self.stop(used_up("tokens", self._total))
        left = self._caps.failures_left(self._done, self._failed)
        if left is not None and left <= 0:
            self.stop(too_many_errors(self._failed, self._done + self._failed, self._caps.errors))

    def _want(self, spent: Spent, seconds: float) -> float:
        """Return which part of the whole a worker can use, a little more than it has used."""
        if spent.wanted:
            return 1.0
        if spent.leaves:
            return 0.0
        used = spent.peak / self._climb.limit
        seconds = max(seconds, SOON)
        if self._requests:
            used = max(used, spent.sent / (self._requests.rate.per_second * seconds))
        if self._tokens:
            used = max(used, spent.reserved / (self._tokens.rate.per_second * seconds))
        return used * _GROWTH

    def _grant(self, member: Member, spent: Spent, part: float, now: float) -> Grant:
        """Return a worker's part for the next seconds."""
        pause = self._pause_of(member, now)
        if pause or self._stopped_by:
            part = 0.0
        elapsed = now - member.owed_until
        if part:
            member.owed_until = now
        cost = total = None
        if self._cost:
            mean = self._cost.mean
            in_flight = mean * spent.in_flight
            cost, member.cost_held = self._cost.lend(member.cost_held, part, in_flight, mean)
        if self._total:
            in_flight, need = Decimal(spent.unsettled), Decimal(spent.need)
            total, member.total_held = self._total.lend(member.total_held, part, in_flight, need)
        failures = self._caps.failures_left(self._done, self._failed)
        if failures is not None:
            failures = max(1, failures // self._members.division.members)
        slots = self._lend_slots(member, part, elapsed)
        requests, tokens, seconds = self._lend_rates(member, spent, part, elapsed, now)
        return Grant(
            seconds=min(seconds, pause) if pause else seconds,
            concurrency=slots,
            requests=requests,
            tokens=tokens,
            cost=cost,
            total_tokens=None if total is None else math.ceil(total),
            failures=failures,
            pause=pause,
            at=now,
            cuts=self._climb.cuts,
            stop=self._stopped_by,
        )

    def _pause_of(self, member: Member, now: float) -> float:
        """Return how long a worker pauses: not all come back in the same instant."""
        if member.pause_until != self._pause.until:
            member.pause_until = self._pause.until
            member.late = self._rng.uniform(0, _LATEST)
        return max(0.0, self._pause.until + member.late - now)

    def _lend_slots(self, member: Member, part: float, elapsed: float) -> int:
        """Return how many attempts a worker may have in flight, and note it.

        Fractions of a slot add up from grant to grant: with more workers than slots, each has its
        turn.
        """
        owed = part * self._climb.limit
        passed = 1.0 if owed >= 1 else min(1.0, elapsed / self._lease)
        due = min(member.slots_due + owed * passed, owed + 1)
        free = self._climb.limit - self._members.held + member.holds
        slots = max(0, min(math.floor(due + _ROUNDING), free))
        member.slots_due = min(1.0, due - slots)
        self._members.set(member, slots=slots, in_flight=member.in_flight)
        return slots

    def _lend_rates(
        self, member: Member, spent: Spent, part: float, elapsed: float, now: float
    ) -> tuple[int | None, int | None, float]:
        """Return requests, tokens, and after how many seconds the worker should ask again.

        Neither is of use without the other, so that a worker gets both or nothing.
        """
        requests = tokens = None
        wait = self._lease * self._rng.uniform(_EARLIEST, 1.0)
        if self._tokens:
            self._tokens.owe(member.tokens, part, elapsed)
            tokens, soon = self._tokens.lend(member.tokens, max(1, spent.need), now)
            wait = min(wait, soon)
        if self._requests:
            self._requests.owe(member.requests, part, elapsed)
            requests = 0
            if tokens == 0:
                self._requests.pass_over(member.requests)
            else:
                requests, soon = self._requests.lend(member.requests, 1, now)
                wait = min(wait, soon)
            if self._tokens and tokens and not requests:
                self._tokens.correct(member.tokens, tokens, now, now)
                tokens = 0
        return requests, tokens, wait
