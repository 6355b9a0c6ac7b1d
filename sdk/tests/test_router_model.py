"""The router does what a small model of it does, whatever happens."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from math import isclose

from hypothesis import given, settings
from hypothesis import strategies as st
from provider_sdk import (
    AllProvidersFailedError,
    PreparedProvider,
    ProviderOverloadedError,
    ProviderRouter,
)
from provider_sdk._retry import with_retries
from provider_sdk.testing import FakeProvider

from ._clock import now, on_the_clock
from ._registering import registered
from ._router_model import Simulation
from ._router_scenes import Call, Fake, Outcome, Round, World
from ._router_strategies import NAMES, worlds
from ._router_world import Play
from ._service import USER


def compare(world):
    """Play a world with the router and with its model; both must do the same. Return the play."""
    play = Play(world)
    play.run()
    model = Simulation(world, play.cooled)
    model.play()

    def by_number(ending):
        return ending.number

    asked = sorted(play.asked, key=lambda each: (each.at, each.number))
    for found, expected in zip(asked, model.asked, strict=False):
        assert replace(found, at=0, seconds=0) == replace(expected, at=0, seconds=0)
        assert isclose(found.at, expected.at, abs_tol=1e-5)
        assert isclose(found.seconds, expected.seconds, abs_tol=1e-5)
    assert len(asked) == len(model.asked)
    endings = zip(
        sorted(play.endings, key=by_number), sorted(model.endings, key=by_number), strict=True
    )
    for ended, expected in endings:
        assert replace(ended, at=0) == replace(expected, at=0)
        assert isclose(ended.at, expected.at, abs_tol=1e-5)
    return play


@given(worlds())
@settings(max_examples=200)
def test_router_does_what_its_model_does(world):
    """Order, models, time shares, cool-downs, probes and reports are those of the contract."""
    compare(world)


@given(worlds())
@settings(max_examples=25)
def test_no_call_outlasts_its_time(world):
    """A call ends by its deadline; only a stream that has begun goes on."""
    play = Play(world)
    play.run()
    starts = {}
    for each in play.asked:
        starts.setdefault(each.number, each.at)
    all_calls = [call for each in world.rounds for call in each.calls]
    longest = max(outcome.rest for fake in world.chain for outcome in fake.script)
    for ending in play.endings:
        call = all_calls[ending.number]
        rest = longest if "streaming" in call.needs else 0
        latest = starts.get(ending.number, ending.at) + (call.timeout or 120) + rest
        assert ending.at <= latest + 1e-3


@given(worlds())
@settings(max_examples=25)
def test_observer_hears_of_everything(world):
    """Each attempt begins and ends once for the observer, and no stream is left open."""
    play = Play(world)
    play.run()
    assert play.open == 0
    told = Counter(each[:2] for each in play.told)
    asked = Counter(each.provider for each in play.asked)
    for name in NAMES:
        # A provider that was named may refuse a call itself, and then receives no request.
        assert told["started", name] >= asked[name]
        assert told["started", name] == told["finished", name] + told["failed", name]


@given(st.integers(2, 12), st.sampled_from([0.0, 1.0, 50.0]), st.sampled_from([None, 2.0, 9.0]))
@settings(max_examples=25)
def test_one_call_probes(number, takes, cancelled_after):
    """Of calls that begin in one moment, one asks who has cooled down; all do after its answer."""
    broken = Outcome("ProviderUnavailableError")
    one = Fake("one", (broken, Outcome(after=takes), *[Outcome()] * number))
    together = Round(tuple([Call(cancelled_after=cancelled_after)] * number), pause=31)
    play = Play(World((one, Fake("two")), (Round(), together, Round(together.calls))))
    play.run()
    asked = [each.provider for each in play.asked]
    is_cancelled = cancelled_after is not None and cancelled_after < takes
    assert asked[:2] == ["one", "two"]
    assert Counter(asked[2 : 2 + number]) == {"one": 1, "two": number - 1}
    again = {"one": 1, "two": number - 1} if is_cancelled else {"one": number}
    assert Counter(asked[2 + number :]) == again


class Retrying(PreparedProvider):
    """Fails with each of its hints, and tries again as providers over HTTP do."""

    name = "retrying"
    credential = "none"
    default_model = "m"
    hints = ()

    def __init__(self):
        super().__init__()
        self.asked = []

    async def answer(self, call):
        """Fail at every attempt."""

        async def attempt():
            hint = self.hints[len(self.asked) % len(self.hints)]
            self.asked.append(now())
            raise ProviderOverloadedError("busy", status=503, retry_after=hint)

        return await with_retries(attempt, max_retries=2, deadline=call.deadline)

    async def fetch_models(self):
        """List nothing."""
        return []


class Answering(FakeProvider):
    """Answers."""

    def __init__(self):
        super().__init__("Blue.", repeat=True)


def moments_of_retries(hints, *others):
    """Return when a provider with these hints was asked in one routed call, and the outcome."""

    @on_the_clock
    async def play():
        with registered(
            {"retrying": type("Retrying", (Retrying,), {"hints": hints}), **dict(others)}
        ):
            chain = ["retrying", *dict(others)]
            async with ProviderRouter({"fallback_chain": chain}) as router:
                try:
                    outcome = (await router.route("agent", USER)).text
                except AllProvidersFailedError as error:
                    outcome = error
                found.append((router.get_provider("retrying").asked, outcome))

    found = []
    play()
    return found[0]


HINTS = st.lists(st.sampled_from([None, 0.5, 7.0, 20.0]), min_size=3, max_size=3)


@given(HINTS)
@settings(max_examples=25)
def test_nobody_waits_while_another_remains(hints):
    """Before the last candidate no retry waits for a ``Retry-After``, nor longer than a second."""
    moments, outcome = moments_of_retries(hints, ("answering", Answering))
    asked_to_wait = [hint is not None for hint in hints]
    assert outcome == "Blue."
    assert len(moments) == (asked_to_wait.index(True) + 1 if any(asked_to_wait) else 3)
    assert all(later - earlier <= 1 for earlier, later in pairwise(moments))


@given(HINTS)
@settings(max_examples=25)
def test_last_candidate_waits_as_asked(hints):
    """The last candidate keeps its own retries, and waits as long as the service asks."""
    moments, outcome = moments_of_retries(hints)
    assert isinstance(outcome, AllProvidersFailedError)
    assert len(moments) == 3
    for (earlier, later), hint in zip(pairwise(moments), hints, strict=False):
        assert hint is None or isclose(later - earlier, hint)
