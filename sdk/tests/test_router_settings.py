"""The settings of a router are checked when it is built, and nothing else is."""

import subprocess
import sys

import pytest
from provider_sdk import ProviderRouter, RegistryError, register_provider

from ._routes import asked, chain, known, outcomes
from ._service import AcmeProvider

pytestmark = pytest.mark.usefixtures("own_registrations")


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"fallback_chian": []}, "unknown key 'fallback_chian'; did you mean 'fallback_chain'?"),
        ({"aliases": {}, "provider": "a"}, "unknown key 'aliases'"),
        ({1: 2}, "settings: unknown key 1; known are budgets, fallback_chain, local_only"),
        ([], "settings must be a mapping, not list"),
        ({"provider": 3}, "provider must be text that is not empty, not 3"),
        ({"provider": " "}, "provider must be text that is not empty, not str"),
        ({"model": ["m"]}, "model must be text"),
        ({"fallback_chain": "ollama"}, "fallback_chain must be a list of names"),
        ({"fallback_chain": ["a", 1]}, "fallback_chain must be a list of names"),
        ({"local_only": 1}, "local_only must be true or false, not 1"),
        ({"tasks": []}, "tasks must be a mapping"),
        ({"tasks": {"codign": {}}}, "the task 'codign' is unknown; known are coding, agent, subag"),
        ({"tasks": {"embedding": {}}}, "the task 'embedding' is reserved"),
        ({"tasks": {"coding": "hf"}}, "settings: tasks: coding must be a mapping, not str"),
        ({"tasks": {"coding": {"modle": "m"}}}, "coding: unknown key 'modle'; did you mean 'mod"),
        ({"providers": ["hf"]}, "providers must be a mapping"),
        ({"providers": {"hf": {"api_key": "x"}}}, "provider 'hf': unknown key 'api_key'; did you"),
        ({"providers": {"hf": {"local": "yes"}}}, "provider 'hf': local must be true or false"),
        (
            {"providers": {"hf": {"credential": "some"}}},
            "credential must be one of required, optional, none",
        ),
        ({"providers": {"hf": {"capabilities": ["tols"]}}}, "unknown capability 'tols'; did you"),
        ({"providers": {"h f": {}}}, "'h f' is not a valid name for a provider"),
        ({"budgets": 3}, "budgets must be a mapping"),
        ({"prices": 3}, "prices must be a mapping"),
    ],
)
def test_a_wrong_setting(settings, error):
    """It is refused when the router is built; the error names the place and the nearest key."""
    with pytest.raises(ValueError, match=r".+") as caught:
        ProviderRouter(settings)

    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_credential_in_the_settings_is_not_repeated():
    """Somebody may take them for the place of keys."""
    with pytest.raises(RegistryError) as caught:
        ProviderRouter({"providers": {"hf": {"api_key": "hf_canary0123456789"}}})

    assert "canary" not in str(caught.value)


def test_none_counts_as_absent():
    """A file may hold a null."""
    ProviderRouter(dict.fromkeys(("provider", "model", "tasks", "fallback_chain", "local_only")))
    ProviderRouter({"tasks": {"coding": None}, "providers": {"hf": {"base_url": None}}})
    ProviderRouter({"providers": {"hf": None}, "prices": {"m": None}})


async def test_later_changes_of_the_settings_have_no_effect():
    """They are copied."""
    one, two = known("one"), known("two")
    names = ["one"]
    settings = {"fallback_chain": names, "tasks": {"agent": {"model": "m"}}}
    async with ProviderRouter(settings) as router:
        names[:] = ["two"]
        settings["tasks"]["agent"]["model"] = "other"
        await asked(router)

    assert one.models == ["m"]
    assert not two.made


READS_NOTHING = """
import os, sys
from provider_sdk import ProviderRouter

settings = {"provider": "nobody", "local_only": True, "fallback_chain": ["nobody"]}
settings["providers"] = {"mine": {"base_url": "http://127.0.0.1:9/v1"}}

def refuse(event, arguments):
    assert event.split(".")[0] not in ("open", "socket", "os", "import"), (event, arguments)

class Refusing(dict):
    def __getattribute__(self, name):
        raise AssertionError(name)

os.environ = Refusing()
sys.addaudithook(refuse)
ProviderRouter()
ProviderRouter(settings)
os._exit(0)
"""


def test_building_reads_nothing():
    """No file, no network and no variable; nor does it import anything."""
    subprocess.run([sys.executable, "-c", READS_NOTHING], check=True, timeout=60)


async def test_a_variable_that_cannot_be_used(monkeypatch):
    """Building a router does not mind; the provider that reads it is skipped."""
    monkeypatch.setenv("ACME_BASE_URL", "not an address at all::")
    register_provider("acme", lambda: AcmeProvider(api_key="k"))
    known("two")
    async with chain("acme", "two") as router:
        answer = await asked(router)

    assert outcomes(answer.route) == [("acme", "skipped"), ("two", "answered")]
    assert "ACME_BASE_URL" in str(answer.route.attempts[0].error)


async def test_a_provider_of_the_settings():
    """An address and a name make a provider."""
    settings = {"mine": {"base_url": "http://127.0.0.1:9/v1", "default_model": "m", "local": True}}
    async with ProviderRouter({"providers": settings}) as router:
        provider = router.get_provider("mine")

        assert (provider.name, provider.base_url) == ("mine", "http://127.0.0.1:9/v1")
        assert (provider.default_model, provider.local) == ("m", True)
        assert "mine" in router.list_available_providers()


async def test_settings_change_a_provider_of_the_registry():
    """Its arguments and the facts of its class, for this router only."""
    one = known("one")
    changes = {
        "base_url": "http://10.0.0.1/v1",
        "default_model": "m",
        "capabilities": ["streaming"],
        "local": True,
        "api_key_env": "MY_KEY",
    }
    async with ProviderRouter({"providers": {"one": changes}}) as router:
        changed = router.get_provider("one")
    async with ProviderRouter() as router:
        plain = router.get_provider("one")

    assert isinstance(changed, one.kind)
    assert (changed.base_url, changed.default_model) == ("http://10.0.0.1/v1", "m")
    assert (changed.capabilities, changed.local) == (frozenset({"streaming"}), True)
    assert changed.api_key_env == ("MY_KEY",)
    assert (plain.default_model, plain.local) == ("one-default", False)


async def test_settings_of_a_provider_that_a_function_makes(monkeypatch):
    """Arguments reach it; the facts of a class cannot be changed, and the error says so."""
    one = known("one")
    register_provider("made", lambda **config: one.kind(**config))
    async with ProviderRouter({"providers": {"made": {"default_model": "m"}}}) as router:
        assert router.get_provider("made").default_model == "m"

    async with ProviderRouter({"providers": {"made": {"local": True}}}) as router:
        with pytest.raises(RegistryError, match="cannot change local, because it is made by a fun"):
            router.get_provider("made")


async def test_a_default_model_of_the_settings_is_a_default():
    """If it is gone, the next candidate is asked."""
    from provider_sdk import ProviderModelNotFoundError

    one, two = known("one", ProviderModelNotFoundError("gone")), known("two")
    async with chain("one", "two", providers={"one": {"default_model": "mine"}}) as router:
        answer = await asked(router)

    assert (one.models, two.models) == (["mine"], ["two-default"])
    assert answer.route.provider == "two"
