"""A router makes providers that are the caller's own."""

import pytest
from provider_sdk import (
    ProviderAuthError,
    ProviderError,
    ProviderRequestError,
    ProviderRouter,
    RegistryError,
    UnknownProviderError,
    check_health,
)
from provider_sdk.testing import FakeProvider

from ._routes import chain, known

pytestmark = pytest.mark.usefixtures("own_registrations")

DATA = {"base_url": "http://127.0.0.1:9/v1", "default_model": "data-1", "local": True}


async def test_each_one_is_new():
    """It is neither the router's own, nor closed with the router."""
    one = known("one")
    async with chain("one") as router:
        made = [
            router.make_provider("one"),
            router.make_provider("one"),
            router.get_provider("one"),
        ]

    assert made == one.made
    assert [provider.closed for provider in one.made] == [0, 0, 1]


def test_its_constructor_gets_the_arguments():
    """They come before those that the settings hold."""
    known("one")
    router = ProviderRouter(
        {"providers": {"one": {"default_model": "set", "base_url": "http://a"}}}
    )

    assert router.make_provider("one").default_model == "set"
    assert router.make_provider("one", default_model="given").default_model == "given"


def test_the_settings_alone_may_describe_it():
    """It is made like one of the registry."""
    router = ProviderRouter({"providers": {"data": DATA}, "local_only": True})

    made = router.make_provider("data", timeout=2.0)

    assert (made.name, made.default_model, made.local) == ("data", "data-1", True)


def test_it_must_be_local_if_all_must():
    """The address counts, as for ``get_provider``."""
    far = {**DATA, "base_url": "https://far.example/v1"}
    router = ProviderRouter({"providers": {"far": far}, "local_only": True})

    with pytest.raises(ProviderRequestError, match="far is not local"):
        router.make_provider("far")


def test_what_is_wrong_is_raised():
    """A name that nobody has, a missing credential, and an argument that it does not take."""
    known("one").has_credential = False
    router = ProviderRouter()

    with pytest.raises(UnknownProviderError, match="'onne'; did you mean 'one'"):
        router.make_provider("onne")
    with pytest.raises(ProviderAuthError, match="ONE_KEY is not set"):
        router.make_provider("one")
    router = ProviderRouter({"providers": {"data": DATA}})
    with pytest.raises(RegistryError, match="provider 'data' cannot be built: "):
        router.make_provider("data", timeout="soon")


async def test_a_closed_router_makes_none():
    """Nothing works after ``aclose``."""
    known("one")
    router = chain("one")
    await router.aclose()

    with pytest.raises(ProviderError, match="is closed"):
        router.make_provider("one")


async def test_its_health_can_be_checked():
    """The reason is one that may be shown, whatever the provider raises or says."""

    class Careless(FakeProvider):
        async def health_check(self) -> bool:
            raise KeyError("CANARY_KEY")

    found = await check_health(Careless())

    assert (await check_health(FakeProvider())).ok
    assert (found.ok, found.reason) == (False, "KeyError: 'CANARY_KEY'")
    assert (await check_health(FakeProvider(healthy=False))).reason == "the fake is not healthy"


async def test_its_health_tells_no_credential(monkeypatch):
    """Not even one that the provider itself repeats."""
    monkeypatch.setenv("CARELESS_API_KEY", "sk-canary0123456789")

    class Careless(FakeProvider):
        api_key_env = ("CARELESS_API_KEY",)

        async def health_check(self) -> bool:
            raise ValueError("rejected: sk-canary0123456789")

    found = await check_health(Careless())

    assert found.reason == "ValueError: rejected: [redacted]"
