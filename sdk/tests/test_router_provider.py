"""The router as a provider."""

import asyncio

import pytest
from provider_sdk import (
    CAPABILITIES,
    AllProvidersFailedError,
    BaseProvider,
    ProviderUnavailableError,
    UnsupportedCapabilityError,
    register_provider,
    sync,
)

from ._routes import asked, chain, foreign, known, outcomes
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
