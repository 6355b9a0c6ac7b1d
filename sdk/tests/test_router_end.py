"""The end of a router, what of it can be kept, and many calls at once."""

import asyncio
import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from provider_sdk import (
    AllProvidersFailedError,
    ProviderError,
    ProviderRequestError,
    ProviderRouter,
    ProviderUnavailableError,
    sync,
)
from provider_sdk._routing.candidate import Candidate
from provider_sdk._routing.candidates import Candidates
from provider_sdk._routing.settings import RouterSettings
from provider_sdk.testing import FakeProvider

from ._routes import Known, asked, chain, foreign, known, outcomes, raising
from ._service import USER

pytestmark = pytest.mark.usefixtures("own_registrations")

DOWN = ProviderUnavailableError("down")


# The end.


@pytest.mark.parametrize("end", [ProviderRouter.aclose, lambda r: r.as_provider().aclose()])
async def test_closing_it_closes_all_that_were_built(end):
    """Once is enough, and twice is fine."""
    one, two, three = known("one"), known("two"), known("three")
    router = chain("one", "two")
    router.get_provider("one")
    router.get_provider("two")
    await end(router)
    await end(router)
    await asyncio.gather(end(router), end(router))

    for (provider,) in (one.made, two.made):
        with pytest.raises(ProviderError, match="is closed"):
            await provider.chat(USER)
    assert not three.made


async def test_closing_goes_on_after_a_failure():
    """All others are closed, then the error is raised."""
    foreign("one", aclose=raising(OSError("it broke")))
    two = known("two")
    router = chain("one", "two")
    router.get_provider("one")
    router.get_provider("two")
    with pytest.raises(OSError, match="it broke"):
        await router.aclose()

    assert two.made[0].closed == 1


async def test_after_the_end():
    """Every call raises, and nothing is sent."""
    one = known("one")
    router = chain("one")
    provider = router.as_provider()
    await router.aclose()
    calls = [
        lambda: asked(router),
        lambda: asked(router, provider="one"),
        lambda: provider.chat(USER),
        lambda: provider.complete("?"),
        provider.list_models,
        provider.health_check,
        router.health_check_all,
    ]
    for call in calls:
        with pytest.raises(ProviderError, match=r"this ProviderRouter is closed\. Build a"):
            await call()
    for call in (
        router.list_available_providers,
        router.explain,
        lambda: router.get_provider("one"),
    ):
        with pytest.raises(ProviderError, match="this ProviderRouter is closed"):
            call()
    assert not one.calls


async def test_a_call_that_is_under_way_when_it_closes():
    """It fails, and nobody else is asked."""
    one, two = known("one"), known("two")
    one.takes = 0.01
    router = chain("one", "two")
    call = asyncio.create_task(asked(router))
    await asyncio.sleep(0)
    await router.aclose()
    await asyncio.wait([call])

    assert two.calls == []


def test_it_cannot_be_pickled():
    """Its providers hold credentials and connections."""
    provider = chain().as_provider()

    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="belongs to its router and cannot be pickled"):
            attempt(provider)


async def test_answers_and_errors_can_be_pickled():
    """With their routes and attempts."""
    known("one", DOWN)
    known("two", "Blue.", DOWN)
    async with chain("one", "two") as router:
        answer = await asked(router)
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)

    again = pickle.loads(pickle.dumps(answer))
    assert again.route.to_dict() == answer.route.to_dict()
    error = pickle.loads(pickle.dumps(caught.value))
    assert str(error) == str(caught.value)
    assert outcomes(error) == outcomes(caught.value)


# Many at once.


async def test_a_thousand_calls_at_once():
    """Each has its own answer and route; one provider of each kind is built."""
    one, two = known("one"), known("two")
    one.takes = 0.01
    async with chain("one", "two") as router:
        tasks = ("coding", "agent", "subagent")
        calls = [
            router.route(
                tasks[number % 3],
                [{"role": "user", "content": str(number)}],
                provider=(None, "one", "two")[number % 3],
                stream=number % 2 == 0,
            )
            for number in range(1000)
        ]
        answers = await asyncio.gather(*calls)
        texts = [
            (await answer.collect()).text if number % 2 == 0 else answer.text
            for number, answer in enumerate(answers)
        ]

    assert texts == [("one", "one", "two")[number % 3] for number in range(1000)]
    assert [answer.route.provider for answer in answers] == texts
    assert len(one.made) == len(two.made) == 1
    assert len(one.calls) + len(two.calls) == 1000


def test_several_threads():
    """A router may be used from each; a provider is built once."""
    one: Known = known("one", DOWN)
    two = known("two")
    provider = sync.SyncProvider(chain("one", "two").as_provider())
    router = chain("one", "two")

    def loops(_):
        return asyncio.run(asked(router)).text

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: provider.complete("?"), range(64))) == {"two"}
        assert set(pool.map(loops, range(64))) == {"two"}
    provider.close()
    asyncio.run(router.aclose())

    assert len(one.made) == len(two.made) == 2


def test_a_thread_waits_for_the_provider_that_another_builds():
    """Both saw that there was none yet; one is built, which both get."""
    candidates, builder = Candidates(RouterSettings()), threading.get_ident()
    seen_by_other, found, made = threading.Event(), [], []

    class Watched(Candidate):
        """A candidate that knows when the other thread saw that it has no provider yet."""

        @property
        def provider(self):
            built = self.built
            if built is None and threading.get_ident() != builder:
                seen_by_other.set()
            return built

        @provider.setter
        def provider(self, built):
            self.built = built

    def factory():
        # The lock is held, and so the other thread can look once, and must then wait for it.
        found.append(pool.submit(candidates.provider, candidate))
        assert seen_by_other.wait(60)
        made.append(FakeProvider("Blue."))
        return made[-1]

    candidate = Watched("one", factory, {})
    with ThreadPoolExecutor(1) as pool:
        assert candidates.provider(candidate) is made[0]
    assert found[0].result() is made[0]
    assert len(made) == 1


async def test_a_bad_argument_is_refused_before_a_provider_is_built():
    """Messages, options and names are checked first."""
    one = known("one")
    async with chain("one") as router:
        with pytest.raises(ProviderRequestError):
            await router.route("agent", [{"role": "nobody", "content": "?"}])
        with pytest.raises(ProviderRequestError):
            await router.route("agent", [])

    assert not one.made
