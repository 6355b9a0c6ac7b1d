"""Who would answer now, and why the others would not, without a call."""

import asyncio

import pytest
from provider_sdk import (
    PROVIDER_CONFIG,
    Outlook,
    ProviderRouter,
    ProviderUnavailableError,
    UnknownProviderError,
)

from ._clock import on_the_clock
from ._routes import asked, chain, known

pytestmark = pytest.mark.usefixtures("own_registrations")

DOWN = ProviderUnavailableError("down")


def states(outlook):
    """Providers and states."""
    return [(each.provider, each.state) for each in outlook]


async def test_the_states(site):
    """Each candidate, in the order of the chain."""
    site.install("acme", broken="acme_broken:Broken")
    site.write("acme_broken", "import a_module_that_is_missing")
    made = [known(name) for name in ("one", "two", "three")]
    made[0].has_credential = False
    async with chain("broken", "one", "two", "three") as router:
        outlook = router.explain()

    assert states(outlook) == [
        ("broken", "broken"),
        ("one", "no credential"),
        ("two", "would answer"),
        ("three", "next"),
    ]
    assert "cannot be imported" in outlook[0].reason
    assert [each.reason for each in outlook[1:]] == ["ONE_KEY is not set", "", ""]
    assert [each.model for each in outlook[2:]] == ["two-default", "three-default"]
    assert not any(each.calls for each in made)


@on_the_clock
async def test_after_a_failure():
    """One that cools is asked after the others, in the order in which they will be ready."""
    known("one", ProviderUnavailableError("down", retry_after=60))
    known("two", ProviderUnavailableError("down", retry_after=20), "two")
    known("three")
    async with chain("one", "two", "three") as router:
        await asked(router)
        await asyncio.sleep(10)
        outlook = router.explain()

    assert states(outlook) == [
        ("one", "cooling down"),
        ("two", "cooling down"),
        ("three", "would answer"),
    ]
    assert outlook[0].reason == "it failed lately; 50 s are left"


@on_the_clock
async def test_when_all_cool():
    """The first to be ready would answer."""
    known("one", ProviderUnavailableError("down", retry_after=60))
    known("two", ProviderUnavailableError("down", retry_after=20))
    async with chain("one", "two") as router:
        with pytest.raises(ProviderUnavailableError):
            await asked(router)
        outlook = router.explain()

    assert states(outlook) == [("one", "cooling down"), ("two", "would answer")]


@on_the_clock
async def test_when_a_probe_is_due():
    """Who has cooled down would answer."""
    known("one", DOWN)
    known("two")
    async with chain("one", "two") as router:
        await asked(router)
        await asyncio.sleep(31)

        assert states(router.explain()) == [("one", "would answer"), ("two", "next")]


@on_the_clock
async def test_a_named_provider():
    """It alone would answer, whether it cools down or not."""
    known("one", DOWN)
    known("two")
    async with chain("one", "two", tasks={"coding": {"provider": "one"}}) as router:
        await asked(router)

        assert states(router.explain("coding")) == [("one", "would answer")]
        assert states(router.explain(provider="two")) == [("two", "would answer")]


async def test_the_model():
    """A model that is named is for the first that can be asked."""
    known("one").has_credential = False
    known("two")
    known("three")
    async with chain("one", "two", "three") as router:
        models = [each.model for each in router.explain(model="mine")]

    assert models == ["one-default", "mine", "three-default"]


async def test_who_is_not_local():
    """With ``local_only`` it is not asked."""
    known("one")
    async with chain("one", local_only=True) as router:
        (outlook,) = router.explain()

    assert outlook.state == "not local"
    assert outlook.reason.startswith("one is not local, and the setting local_only permits")


async def test_an_unknown_provider():
    """One that an argument names is unknown; in the chain that is an error of the settings."""
    async with chain() as router:
        (outlook,) = router.explain(provider="nobody")
        assert (outlook.provider, outlook.model, outlook.state) == ("nobody", "", "unknown")
        assert "from the argument `provider`" in outlook.reason
    async with chain("nobody") as router:
        with pytest.raises(UnknownProviderError, match="from the setting fallback_chain"):
            router.explain()


def test_without_an_event_loop():
    """A command may ask before it starts one."""
    known("one")

    assert states(chain("one").explain()) == [("one", "would answer")]


def test_as_json():
    """It is plain JSON types."""
    outlook = Outlook("one", "m", "no credential", "ONE_KEY is not set")

    assert outlook.to_dict() == {
        "provider": "one",
        "model": "m",
        "state": "no credential",
        "reason": "ONE_KEY is not set",
    }


# Providers of configuration.


async def test_a_provider_of_configuration():
    """``PROVIDER_CONFIG`` alone makes one, and the chain may name it."""
    PROVIDER_CONFIG["mine"] = {"base_url": "http://127.0.0.1:9/v1", "default_model": "m"}
    async with chain("mine") as router:
        assert states(router.explain()) == [("mine", "would answer")]


async def test_an_empty_list_of_variables():
    """Settings may take the variables of a provider away."""
    known("one", api_key_env=("ONE_KEY",))
    async with ProviderRouter({"providers": {"one": {"api_key_env": []}}}) as router:
        assert router.get_provider("one").api_key_env == ()
