"""What the contract says a router does, as a simulation: no network, no event loop, no router.

It is written from the contract alone.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import TypeVar

from ._router_cooling import CoolDowns
from ._router_scenes import (
    GONE,
    MOVES_ON,
    TIMED_OUT,
    Asked,
    Call,
    Cooled,
    Ending,
    Fake,
    Outcome,
    Round,
    Tried,
    World,
)

_T = TypeVar("_T")
_Steps = Generator[float, None, _T]

_TIMEOUT_S = 120.0


class CancelledCallError(Exception):
    """Ends a simulated call."""


@dataclass
class _Trip:
    """One call on its way along the chain.

    Attributes:
        owner: who is asked for the model that was named; a fallback has its own.
        passed: the local provider that was passed over.
        leaves: whether the conversation was sent beyond the user's own machines after that.
        probes: whether its last request was to see if a provider works again.
    """

    number: int
    call: Call
    deadline: float
    model: str | None
    owner: Fake | None
    attempts: dict[str, Tried] = field(default_factory=dict)
    passed: bool = False
    leaves: bool = False
    probes: bool = False

    def is_untried(self, fake: Fake) -> bool:
        return fake.name not in self.attempts or self.attempts[fake.name].outcome == "skipped"

    def passes(self, fake: Fake) -> None:
        """Note that it was skipped."""
        self.attempts[fake.name] = Tried(fake.name, "skipped")
        self.passed = self.passed or fake.is_local

    def ending(self, how: str, fake: Fake | None = None) -> Ending:
        """Return how it ended; the caller knows when."""
        shown = how in ("answered", "AllProvidersFailedError")
        attempts = tuple(self.attempts.values()) if shown else ()
        leaves = how == "answered" and self.leaves
        return Ending(self.number, 0, how, fake.name if fake else "router", attempts, leaves)


class Simulation:
    """Plays a world; afterwards ``endings`` and ``asked`` hold what must have happened.

    Args:
        world: what to play.
        seen: the cool-downs that the router announced.
    """

    def __init__(self, world: World, seen: Sequence[Cooled] = ()) -> None:
        self.world = world
        self.endings: list[Ending] = []
        self.asked: list[Asked] = []
        self._fakes = {fake.name: fake for fake in world.chain}
        self._cool_downs = CoolDowns(seen)
        self._requests: Counter[str] = Counter()
        self._built: set[str] = set()
        self._round = Round()
        self._now = 0.0

    def play(self) -> None:
        """Play all rounds.

        Raises:
            AssertionError: a cool-down is not within the contract.
        """
        numbers = itertools.count()
        for each in self.world.rounds:
            self._round = each
            self._now += each.pause
            self._play_round([(next(numbers), call) for call in each.calls])
        self._cool_downs.require_all_used()

    def _play_round(self, calls: Sequence[tuple[int, Call]]) -> None:
        """Let the call go on whose moment is the next, until all have ended."""
        waiting: list[tuple[float, int, _Steps[None], float]] = []
        for number, call in calls:
            starts = self._now + call.at
            cancelled = inf if call.cancelled_after is None else starts + call.cancelled_after
            heapq.heappush(waiting, (starts, number, self._whole(number, call), cancelled))
        while waiting:
            self._now, number, steps, cancelled = heapq.heappop(waiting)
            try:
                wakes = next(steps) if self._now < cancelled else steps.throw(CancelledCallError())
            except StopIteration:
                continue
            heapq.heappush(waiting, (min(wakes, cancelled), number, steps, cancelled))

    # One call. It yields the moments until which it waits.

    def _whole(self, number: int, call: Call) -> _Steps[None]:
        try:
            ending = yield from self._call(number, call)
        except CancelledCallError:
            ending = Ending(number, 0, "cancelled")
        self.endings.append(replace(ending, at=self._now))

    def _call(self, number: int, call: Call) -> _Steps[Ending]:
        name, model = self._named(call)
        deadline = self._now + (call.timeout or _TIMEOUT_S)
        if name is None:
            owner = next((f for f in self.world.chain if not self._refusal(f, call)), None)
            return (yield from self._along_the_chain(_Trip(number, call, deadline, model, owner)))
        fake = self._fakes[name]
        trip = _Trip(number, call, deadline, model, fake)
        if refusal := self._refusal(fake, call):
            return trip.ending(refusal, fake)
        outcome = yield from self._ask(fake, trip, deadline)
        return (yield from self._end(fake, trip, outcome))

    def _named(self, call: Call) -> tuple[str | None, str | None]:
        """Return the provider and the model that were named; a model belongs to its provider."""
        provider, model = self._round.variables if call.task == "coding" else (None, None)
        if call.provider not in (None, provider):
            model = None
        return call.provider or provider, call.model or model

    def _along_the_chain(self, trip: _Trip) -> _Steps[Ending]:
        """Ask who is ready, then those that cool, the first to be ready first."""
        cooling: list[Fake] = []
        for fake in self.world.chain:
            if self._refusal(fake, trip.call):
                trip.passes(fake)
            elif self._cool_downs.cools(fake.name, self._now):
                trip.passes(fake)
                cooling.append(fake)
            elif ending := (yield from self._try(fake, trip)):
                return ending
        for fake in sorted(cooling, key=lambda f: self._cool_downs.seconds_left(f.name, self._now)):
            del trip.attempts[fake.name]
            if ending := (yield from self._try(fake, trip)):
                return ending
        refusals = {self._refusal(fake, trip.call) for fake in self.world.chain}
        if refusals == {"UnsupportedCapabilityError"}:
            return trip.ending("UnsupportedCapabilityError")
        return trip.ending("AllProvidersFailedError")

    def _try(self, fake: Fake, trip: _Trip) -> _Steps[Ending | None]:
        """Ask a candidate; return how the call ended, ``None`` if it moves on."""
        others = [f for f in self.world.chain if f is not fake and trip.is_untried(f)]
        is_last = all(self._refusal(other, trip.call) for other in others)
        left = trip.deadline - self._now
        trip.leaves = trip.leaves or (trip.passed and not fake.is_local)
        outcome = yield from self._ask(fake, trip, self._now + (left if is_last else left / 2))
        was_named = trip.model is not None and fake is trip.owner
        moves_on = outcome.kind in MOVES_ON or (outcome.kind == GONE and not was_named)
        if outcome.kind == "answers":
            self._cool_downs.end(fake.name)
        elif moves_on:
            self._cool_downs.failed(fake.name, outcome, self._now, probed=trip.probes)
            trip.passed = trip.passed or fake.is_local
            return None
        return (yield from self._end(fake, trip, outcome))

    def _ask(self, fake: Fake, trip: _Trip, until: float) -> _Steps[Outcome]:
        """Send a request; return what comes of it: an answer, its first event, or an error."""
        model = trip.model if trip.model and fake is trip.owner else fake.model
        outcome = fake.script[self._requests[fake.name] % len(fake.script)]
        self._requests[fake.name] += 1
        self.asked.append(Asked(self._now, trip.number, fake.name, model, until - self._now))
        happens = inf if outcome.kind == "is silent" else self._now + outcome.after
        is_named = self._named(trip.call)[0] is not None
        probe = None if is_named else self._cool_downs.begin_probe(fake.name, self._now)
        trip.probes = probe is not None
        try:
            yield min(happens, until)
        finally:
            if probe:
                probe.probed = False
        if happens > until:
            outcome = Outcome(TIMED_OUT)
        error = None if outcome.kind == "answers" else outcome.kind
        trip.attempts[fake.name] = Tried(fake.name, "failed" if error else "answered", model, error)
        return outcome

    def _end(self, fake: Fake, trip: _Trip, outcome: Outcome) -> _Steps[Ending]:
        """Return an error, an answer, or what becomes of the rest of a stream."""
        if outcome.kind != "answers":
            return trip.ending(outcome.kind, fake)
        if "streaming" in trip.call.needs:
            yield self._now + outcome.rest
            if outcome.breaks:
                return trip.ending("StreamInterruptedError", fake)
        return trip.ending("answered", fake)

    # Who may be asked.

    def _refusal(self, fake: Fake, call: Call) -> str | None:
        """Return the error of a provider that cannot be asked at all; what it can do counts first.

        One that was named says itself what it cannot do, once it is there.
        """
        is_named = self._named(call)[0] is not None
        cannot = "UnsupportedCapabilityError" if call.needs - fake.can else None
        if cannot and not is_named:
            return cannot
        if self.world.local_only and not fake.local:
            return "ProviderRequestError"
        if fake.credential and fake.name not in self._built | self._round.credentials:
            return "ProviderAuthError"
        self._built.add(fake.name)
        if self.world.local_only and not fake.is_local:
            return "ProviderRequestError"
        return cannot
