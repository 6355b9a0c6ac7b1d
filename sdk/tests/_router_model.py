"""What the contract says a router does, as a simulation: no network, no event loop, no router.

It is written from the contract alone. What that leaves open, such as how fast a cool-down grows,
it takes from what the router did, and asserts that it is within the contract.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isclose
from typing import TypeVar

_T = TypeVar("_T")
_Steps = Generator[float, None, _T]

GONE = "ProviderModelNotFoundError"
TIMED_OUT = "ProviderTimeoutError"
MOVES_ON = (
    "ProviderAuthError",
    "ProviderPermissionError",
    "ProviderUnavailableError",
    TIMED_OUT,
    "ProviderOverloadedError",
    "ProviderRateLimitError",
    "ProviderQuotaError",
)
"""What the next candidate may do better."""

STAYS = (
    "ProviderRequestError",
    "ContextLengthError",
    "BudgetExceededError",
    "ProviderResponseError",
)
"""After what nobody else is asked."""

_LASTING = ("ProviderAuthError", "ProviderPermissionError", GONE)
_FIRST_S, _LASTING_S, _TIMEOUT_S = 30.0, 300.0, 120.0
_INSTANT_S = 1e-6


@dataclass(frozen=True)
class Outcome:
    """What a provider does with one request.

    Attributes:
        kind: ``"answers"``, ``"is silent"``, or the class of the error that it raises.
        after: seconds until then.
        retry_after: seconds that the error asks to wait.
        breaks: whether a stream ends in the middle of its answer.
        rest: seconds from the first event of a stream to its last.
    """

    kind: str = "answers"
    after: float = 0.0
    retry_after: float | None = None
    breaks: bool = False
    rest: float = 0.0


@dataclass(frozen=True)
class Fake:
    """A provider.

    Attributes:
        script: what it does with its requests; repeated.
        can: its capabilities.
        local: whether its class says that it is local.
        is_near: whether its address is on the user's own machines.
        obeys: whether it looks at the time that it is given.
        credential: whether it needs one.
    """

    name: str
    script: tuple[Outcome, ...] = (Outcome(),)
    can: frozenset[str] = frozenset({"streaming", "tools"})
    local: bool = False
    is_near: bool = False
    obeys: bool = True
    credential: bool = False

    @property
    def model(self) -> str:
        """Its default model."""
        return f"{self.name}-default"

    @property
    def is_local(self) -> bool:
        """Whether what it is sent stays on the user's own machines."""
        return self.local and self.is_near


@dataclass(frozen=True)
class Call:
    """A call, made ``at`` seconds after the beginning of its round."""

    at: float = 0.0
    needs: frozenset[str] = frozenset()
    provider: str | None = None
    model: str | None = None
    task: str = "agent"
    timeout: float | None = None
    cancelled_after: float | None = None


@dataclass(frozen=True)
class Round:
    """Calls that are made at the same time.

    Attributes:
        calls: the calls.
        pause: seconds after the end of the round before.
        credentials: who has one.
        variables: the provider and the model that the environment names for the task ``coding``.
    """

    calls: tuple[Call, ...] = (Call(),)
    pause: float = 0.0
    credentials: frozenset[str] = frozenset()
    variables: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True)
class World:
    """The providers of the chain, and the calls."""

    chain: tuple[Fake, ...]
    rounds: tuple[Round, ...]
    local_only: bool = False


@dataclass(frozen=True)
class Tried:
    """An attempt; a candidate that was skipped has neither model nor error here."""

    provider: str
    outcome: str
    model: str = ""
    error: str | None = None


@dataclass(frozen=True)
class Ending:
    """How a call ended.

    Attributes:
        number: which call.
        at: when.
        how: ``"answered"``, ``"cancelled"``, or the class of an error.
        provider: who answered, or whose error it is.
        attempts: what became of the candidates.
        leaves: whether a warning says that the call left the user's own machines.
    """

    number: int
    at: float
    how: str
    provider: str | None = None
    attempts: tuple[Tried, ...] = ()
    leaves: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that a provider received, and the seconds that it was given."""

    at: float
    number: int
    provider: str
    model: str
    seconds: float


@dataclass(frozen=True)
class Cooled:
    """A cool-down as the router announces it."""

    at: float
    provider: str
    seconds: float


class CancelledCallError(Exception):
    """Ends a simulated call."""


@dataclass
class _CoolDown:
    """A provider that failed since it last answered.

    Attributes:
        until: when it may be tried again.
        grown: the length of its last ordinary cool-down.
        probed: whether a call is trying it.
    """

    until: float
    grown: float = 0.0
    probed: bool = False


@dataclass
class _Trip:
    """One call on its way along the chain.

    Attributes:
        owner: who is asked for the model that was named; a fallback has its own.
        passed: the local provider that was passed over.
        leaves: whether the conversation was sent beyond the user's own machines after that.
    """

    number: int
    call: Call
    deadline: float
    model: str | None
    owner: Fake | None
    attempts: dict[str, Tried] = field(default_factory=dict)
    passed: bool = False
    leaves: bool = False

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
        self._seen = list(seen)
        self._cool_downs: dict[str, _CoolDown] = {}
        self._requests: Counter[str] = Counter()
        self._built: set[str] = set()
        self._is_probing = False
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
        assert not self._seen, f"these cool-downs have no reason: {self._seen}"

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
            elif self._cools(fake):
                trip.passes(fake)
                cooling.append(fake)
            elif ending := (yield from self._try(fake, trip)):
                return ending
        for fake in sorted(cooling, key=self._seconds_left):
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
            self._cool_downs.pop(fake.name, None)
        elif moves_on:
            self._cool(fake, outcome)
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
        probe = None if self._named(trip.call)[0] else self._begin_probe(fake)
        try:
            yield min(happens, until)
        finally:
            self._is_probing = probe is not None
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
        if self.world.local_only and not (is_named or fake.local):
            return "ProviderRequestError"
        if fake.credential and fake.name not in self._built | self._round.credentials:
            return "ProviderAuthError"
        self._built.add(fake.name)
        if self.world.local_only and not fake.is_local:
            return "ProviderRequestError"
        return cannot

    def _cools(self, fake: Fake) -> bool:
        cool_down = self._cool_downs.get(fake.name)
        return cool_down is not None and (cool_down.probed or self._now < cool_down.until)

    def _seconds_left(self, fake: Fake) -> float:
        cool_down = self._cool_downs.get(fake.name)
        return max(0.0, cool_down.until - self._now) if cool_down else 0.0

    def _begin_probe(self, fake: Fake) -> _CoolDown | None:
        cool_down = self._cool_downs.get(fake.name)
        if cool_down is None or self._cools(fake):
            return None
        cool_down.probed = True
        return cool_down

    def _cool(self, fake: Fake, outcome: Outcome) -> None:
        """Begin or lengthen a cool-down by as much as was announced."""
        seconds = self._announced(fake)
        is_first = fake.name not in self._cool_downs
        cool_down = self._cool_downs.setdefault(fake.name, _CoolDown(self._now))
        until, before = self._now + seconds, cool_down.until
        cool_down.until = until
        assert until > before - _INSTANT_S, f"the cool-down of {fake.name} became shorter"
        if isclose(until, before, abs_tol=_INSTANT_S) and not is_first:
            return  # it already lasts so long
        if outcome.retry_after:
            assert isclose(seconds, outcome.retry_after), f"{seconds} s, not as asked"
        elif outcome.kind in _LASTING:
            assert isclose(seconds, _LASTING_S), f"{seconds} s after {outcome.kind}"
        else:
            grows = self._is_probing and 0 < cool_down.grown < _LASTING_S
            assert seconds > (cool_down.grown if grows else _FIRST_S - _INSTANT_S), f"{seconds} s"
            assert not is_first or isclose(seconds, _FIRST_S), f"the first takes {seconds} s"
            cool_down.grown = seconds

    def _announced(self, fake: Fake) -> float:
        """Return the length of a cool-down that begins now."""
        for cooled in self._seen:
            if cooled.provider == fake.name and abs(cooled.at - self._now) < _INSTANT_S:
                self._seen.remove(cooled)
                return cooled.seconds
        raise AssertionError(f"{fake.name} failed at {self._now}, and no cool-down was announced")
