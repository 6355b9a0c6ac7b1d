"""Where a router finds its providers, and what becomes of those that are broken."""

import pytest
from provider_sdk import (
    PROVIDER_CONFIG,
    AllProvidersFailedError,
    ProviderAuthError,
    ProviderRouter,
    ProviderUnavailableError,
    RegistryError,
    UnknownProviderError,
    register_provider,
)

from ._routes import asked, chain, known, outcomes

pytestmark = pytest.mark.usefixtures("own_registrations")

DOWN = ProviderUnavailableError("down")


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


async def test_declarations_are_read_once(site):
    """What distributions declare is read once per router: the second lookup reads no metadata."""
    info = site.install("acme", first="acme_first:First", second="acme_second:Second")
    router = ProviderRouter()
    assert router.get_provider("first").name == "First"

    (info / "entry_points.txt").unlink()

    assert router.get_provider("second").name == "Second"
    with pytest.raises(UnknownProviderError):
        ProviderRouter().get_provider("second")


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


async def test_a_plug_in_that_is_merely_installed(site):
    """It can be named, put into the chain, and is among the available ones."""
    site.install("acme", alpha="acme_alpha:Alpha")
    settings = {"alpha": {"capabilities": ["model_listing"]}}
    async with chain("alpha", providers=settings) as router:
        assert "alpha" in router.list_available_providers()
        assert await router.as_provider().list_models() == ["fake-model"]
        assert router.get_provider("alpha").name == "Alpha"


async def test_two_claims_on_one_name(site):
    """One line names both, and the others go on working."""
    site.install("acme", alpha="acme_alpha:Alpha")
    PROVIDER_CONFIG["alpha"] = {"base_url": "http://127.0.0.1:9/v1"}
    known("two")
    async with chain("alpha", "two") as router:
        answer = await asked(router)
        with pytest.raises(RegistryError) as caught:
            await asked(router, provider="alpha")

    assert outcomes(answer.route) == [("alpha", "skipped"), ("two", "answered")]
    assert str(caught.value) == (
        "provider 'alpha' is claimed by the entry point acme_alpha:Alpha of acme 1.0 and by "
        "PROVIDER_CONFIG['alpha']; remove one of them"
    )


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
