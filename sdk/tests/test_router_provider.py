"""The router as a provider, its providers, and its end."""

import asyncio
import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from provider_sdk import (
    CAPABILITIES,
    AllProvidersFailedError,
    BaseProvider,
    ProviderAuthError,
    ProviderError,
    ProviderRequestError,
    ProviderRouter,
    ProviderUnavailableError,
    RegistryError,
    UnknownProviderError,
    UnsupportedCapabilityError,
    register_provider,
    sync,
)

from ._routes import Known, asked, chain, foreign, known, outcomes, raising
from ._service import USER

pytestmark = pytest.mark.usefixtures("own_registrations")

DOWN = ProviderUnavailableError("down")


async def test_it_is_a_provider():
    """Named ``router``, without a credential of its own."""
    known("one")
    async with chain("one") as router:
        provider = router.as_provider()

        assert isinstance(provider, BaseProvider)
        assert (provider.name, provider.credential) == ("router", "none")
        assert repr(provider) == "RoutedProvider(task='agent')"
        assert (await provider.chat(USER)).route.provider == "one"


async def test_its_class_can_do_what_any_of_the_chain_can():
    """A factory, or a provider that is not there yet, may do anything."""
    known("one", capabilities=frozenset({"streaming"}))
    known("two", capabilities=frozenset({"tools"})).has_credential = False
    register_provider("made", lambda: None)
    async with chain("one", "two") as router:
        assert type(router.as_provider()).capabilities == {"streaming", "tools"}
    async with chain("one", "made") as router:
        assert type(router.as_provider()).capabilities == CAPABILITIES
    async with chain("one", "nobody") as router:
        assert type(router.as_provider()).capabilities == {"streaming"}
    async with chain() as router:
        assert type(router.as_provider()).capabilities == frozenset()


async def test_its_task(monkeypatch):
    """Calls are made for that task."""
    known("one")
    known("two")
    monkeypatch.setenv("OLLAMA_CLI_CODING_PROVIDER", "two")
    async with chain("one") as router:
        assert await router.as_provider().complete("?") == "one"
        assert await router.as_provider("coding").complete("?") == "two"


async def test_complete():
    """It passes model and options on."""
    one = known("one")
    async with chain("one") as router:
        assert await router.as_provider().complete("?", "mine", seed=3) == "one"

    (call,) = one.calls
    assert (call.model, call.options["seed"], call.messages[-1].text) == ("mine", 3, "?")


async def test_streams():
    """Chunk by chunk, with the route on the stream."""
    known("one", DOWN)
    known("two", ["Bl", "ue."])
    async with chain("one", "two") as router:
        stream = await router.as_provider().chat(USER, stream=True)
        assert [chunk.text async for chunk in stream] == ["Bl", "ue."]

    assert outcomes(stream.route) == [("one", "failed"), ("two", "answered")]


def test_without_asyncio():
    """The blocking face works on it as on any provider."""
    known("one", DOWN)
    known("two")
    with sync.SyncProvider(chain("one", "two").as_provider()) as provider:
        assert provider.complete("?") == "two"
        assert provider.chat(USER).route.provider == "two"
        assert provider.health_check() is True
        assert provider.list_models() == ["fake-model"]
        assert provider.chat(USER, stream=True).collect().text == "two"


# Health and models.


async def test_it_is_healthy_if_any_is():
    """One that is down is the reason for the fallback only."""
    one, two = known("one"), known("two")
    async with chain("one", "two") as router:
        provider = router.as_provider()
        router.get_provider("one").healthy = False
        assert await provider.health_check() is True
        router.get_provider("two").healthy = False
        assert await provider.health_check() is False

    assert one.calls == two.calls == []
    reasons = "no provider could answer: one: the fake is not healthy; two: the fake is not healthy"
    assert str(provider.health_error).startswith(reasons)


async def test_the_health_of_a_named_provider(monkeypatch):
    """It counts alone, and its error is the reason."""
    known("one")
    known("two")
    monkeypatch.setenv("OLLAMA_CLI_AGENT_PROVIDER", "two")
    async with chain("one") as router:
        provider = router.as_provider()
        router.get_provider("two").healthy = False
        assert await provider.health_check() is False

    assert str(provider.health_error) == "the fake is not healthy"


async def test_the_health_of_nobody():
    """An empty chain is not healthy, nor one without credentials."""
    known("one").has_credential = False
    async with chain("one") as router:
        assert await router.as_provider().health_check() is False
    async with chain() as router:
        assert await (provider := router.as_provider()).health_check() is False

    assert "the fallback chain is empty" in str(provider.health_error)


async def test_a_healthy_provider_is_not_kept_waiting():
    """The check ends with the first that is healthy, and cancels the others."""
    ended = []

    async def hang(self):
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(self.name)

    foreign("slow", health_check=hang)
    foreign("fast")
    async with chain("slow", "fast") as router:
        async with asyncio.timeout(5):
            assert await router.as_provider().health_check() is True

    assert ended == ["slow"]


async def test_its_models():
    """They are those of the provider that would answer now."""
    known("one", capabilities=CAPABILITIES - {"model_listing"})
    known("two")
    foreign("three")
    async with chain("one", "two", "three") as router:
        assert await router.as_provider().list_models() == ["fake-model"]
    async with chain("three", "two") as router:
        assert await router.as_provider().list_models() == ["a", "b"]


async def test_models_after_a_failure():
    """One that cools down does not answer now."""
    known("two", DOWN)
    foreign("three")
    async with chain("two", "three") as router:
        await asked(router)
        assert await router.as_provider().list_models() == ["a", "b"]


async def test_the_models_of_a_named_provider():
    """They are its own."""
    known("one")
    foreign("two")
    async with chain("one", tasks={"coding": {"provider": "two"}}) as router:
        assert await router.as_provider("coding").list_models() == ["a", "b"]


async def test_the_models_of_nobody():
    """A failure is never an empty list."""
    known("one").has_credential = False
    async with chain("one") as router:
        with pytest.raises(AllProvidersFailedError, match="ONE_KEY is not set"):
            await router.as_provider().list_models()
    known("two", capabilities=frozenset())
    async with chain("two") as router:
        with pytest.raises(UnsupportedCapabilityError):
            await router.as_provider().list_models()


# Its providers.


async def test_get_provider():
    """It is built once, and is the one that answers."""
    one = known("one")
    async with chain("one") as router:
        provider = router.get_provider("one")
        await asked(router)

        assert router.get_provider("one") is provider
    assert len(one.made) == 1
    assert len(provider.calls) == 1


@pytest.mark.parametrize("name", ["nobody", "", "a b", 3, None, ["one"]])
async def test_get_an_unknown_provider(name):
    """The error lists the known ones."""
    known("one")
    async with chain("one") as router:
        with pytest.raises(UnknownProviderError, match=r"no provider is called .*Known are .*one"):
            router.get_provider(name)
        if name is not None:
            with pytest.raises(UnknownProviderError, match=r"from the argument `provider`"):
                await asked(router, provider=name)


async def test_get_a_provider_without_credential():
    """It says what is missing."""
    known("one").has_credential = False
    async with chain("one") as router:
        with pytest.raises(ProviderAuthError, match="ONE_KEY is not set"):
            router.get_provider("one")


@pytest.mark.parametrize(
    ("factory", "problem"),
    [
        (lambda: None, "its factory returned NoneType, which is not a BaseProvider"),
        (lambda: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda needed: None, "TypeError: .*missing 1 required positional argument"),
    ],
)
async def test_a_factory_that_is_broken(factory, problem):
    """That is one line, and the others go on working."""
    register_provider("made", factory)
    known("two")
    async with chain("made", "two") as router:
        answer = await asked(router)
        with pytest.raises(RegistryError, match=f"provider 'made' cannot be built: {problem}"):
            router.get_provider("made")
        assert "made" not in router.list_available_providers()

    assert outcomes(answer.route) == [("made", "skipped"), ("two", "answered")]


async def test_a_factory_that_shows_its_key(monkeypatch):
    """What a foreign one raises is shown without it."""
    monkeypatch.setenv("MADE_KEY", "canary-0815-4711")

    def factory():
        raise ProviderAuthError("canary-0815-4711 is no key")

    register_provider("made", factory)
    async with chain("made") as router:
        with pytest.raises(AllProvidersFailedError, match=r"made: \[redacted\] is no key"):
            await asked(router)


async def test_a_provider_that_is_added_later():
    """It is found at the next call."""
    async with chain("later") as router:
        with pytest.raises(UnknownProviderError):
            await asked(router)
        known("later")
        assert (await asked(router)).text == "later"


async def test_a_plug_in_that_cannot_be_imported(site):
    """It is skipped, and the others go on working."""
    site.install("acme", broken="acme_broken:Broken")
    site.write("acme_broken", "import a_module_that_is_missing")
    known("two")
    async with chain("broken", "two") as router:
        answers = [await asked(router) for _ in range(2)]
        with pytest.raises(RegistryError, match="provider 'broken' cannot be imported from"):
            router.get_provider("broken")
        health = await router.health_check_all()

    assert [outcomes(each.route) for each in answers] == [
        [("broken", "skipped"), ("two", "answered")]
    ] * 2
    assert not health["broken"].ok
    assert health["two"].ok


async def test_available_providers():
    """In the order of the chain, then the others; nobody is asked."""
    made = {name: known(name) for name in ("zeta", "beta", "alpha", "gamma")}
    made["beta"].has_credential = False
    async with chain("zeta", "beta", "alpha") as router:
        found = router.list_available_providers()

    assert [name for name in found if name in made] == ["zeta", "alpha", "gamma"]
    assert not any(each.calls for each in made.values())


async def test_health_of_all():
    """Each by its name, with the reason of those that are not healthy."""
    known("one")
    known("two").has_credential = False
    known("three")
    async with chain("one", "two", "three") as router:
        router.get_provider("three").healthy = False
        health = await router.health_check_all()

    assert list(health)[:3] == ["one", "two", "three"]
    assert health["one"].ok
    assert (health["two"].ok, health["two"].reason) == (False, "TWO_KEY is not set")
    assert (health["three"].ok, health["three"].reason) == (False, "the fake is not healthy")


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


async def test_a_bad_argument_is_refused_before_a_provider_is_built():
    """Messages, options and names are checked first."""
    one = known("one")
    async with chain("one") as router:
        with pytest.raises(ProviderRequestError):
            await router.route("agent", [{"role": "nobody", "content": "?"}])
        with pytest.raises(ProviderRequestError):
            await router.route("agent", [])

    assert not one.made
