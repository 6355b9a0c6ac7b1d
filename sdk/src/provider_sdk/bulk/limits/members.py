"""What the coordinator knows of each worker."""

from __future__ import annotations

import dataclasses
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from provider_sdk.bulk.limits.grants import Grant
from provider_sdk.bulk.limits.lenders import Account
from provider_sdk.bulk.limits.shares import Division, Share

SILENT: Final = 10.0
"""Seconds without a report after which others get what a worker held."""


@dataclass(slots=True)
class Member:
    """A worker, and what it holds.

    Attributes:
        share: its part in the division.
        grant: the last grant.
        number: of the last report that was counted.
        seen: the time of that report.
        in_flight: attempts that had not ended then.
        slots: how many attempts it may have in flight.
        owed_until: up to when it has got its part of everything.
        slots_due: the fraction of a slot that it is still owed.
        requests, tokens: what it is owed of them.
        cost_held, total_held: what it holds of the budgets.
        is_lost: whether its budget counts as spent.
        late: seconds by which it comes back later after the pause that ends at ``pause_until``.
    """

    grant: Grant
    seen: float
    share: Share = field(default_factory=Share)
    number: int = 0
    in_flight: int = 0
    slots: int = 0
    owed_until: float = 0.0
    slots_due: float = 0.0
    requests: Account = field(default_factory=Account)
    tokens: Account = field(default_factory=Account)
    cost_held: Decimal = field(default=Decimal(0))
    total_held: Decimal = field(default=Decimal(0))
    pause_until: float = -math.inf
    late: float = 0.0
    is_lost: bool = False

    @property
    def holds(self) -> int:
        """How much of the concurrency of the run it takes up."""
        return max(self.slots, self.in_flight)

    def same_again(self, now: float) -> Grant:
        """Return the last grant with the time that is left of it."""
        left = self.grant.at + self.grant.seconds - now
        return dataclasses.replace(self.grant, seconds=max(0.0, left))


class Members:
    """All workers, those first that have been silent longest."""

    def __init__(self, lease: float) -> None:
        """Begin with nobody; ``lease`` is how many seconds a grant is valid."""
        self.division: Division = Division()
        self.in_flight: int = 0
        self.held: int = 0
        self._lease = lease
        self._all: dict[str, Member] = {}
        self._active: OrderedDict[str, Member] = OrderedDict()

    def report(self, name: str, now: float) -> Member:
        """Return a worker that reports now, new or known."""
        member = self._all.get(name)
        if member is None:
            nothing = Grant(seconds=0.0, concurrency=0)
            member = self._all[name] = Member(nothing, seen=now)
        if name not in self._active:
            member.seen = now
            member.owed_until = now - self._lease
            member.share = self.division.enter()
            self._active[name] = member
        self._active.move_to_end(name)
        return member

    def set(self, member: Member, *, slots: int, in_flight: int) -> None:
        """Note what a worker holds and has in flight."""
        self.held -= member.holds
        self.in_flight += in_flight - member.in_flight
        member.slots, member.in_flight = slots, in_flight
        self.held += member.holds

    def silent(self, now: float) -> str | None:
        """Return a worker that has not reported for long, if there is one."""
        name = next(iter(self._active), None)
        if name is None or now - self._active[name].seen < max(SILENT, 3 * self._lease):
            return None
        return name

    def expire(self, name: str) -> Member | None:
        """Take back what a worker holds, but for its budget, which it may have spent."""
        member = self._active.pop(name, None)
        if member is not None:
            self.division.leave(member.share)
            self.set(member, slots=0, in_flight=0)
        return member
