"""Which providers there are, by name."""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from provider_sdk import (
    PROVIDER_CONFIG,
    PROVIDER_REGISTRY,
    ProviderAuthError,
    RegistryError,
    UnknownProviderError,
    UnsupportedCapabilityError,
    register_provider,
)
from provider_sdk.testing import FakeProvider

from ._service import KEY, AcmeProvider, Reply, Service, completion

pytestmark = pytest.mark.usefixtures("own_registrations")


# Entry points.


def test_a_distribution_declares_its_provider(site):
    """Installing it is enough."""
    site.install("acme", alpha="acme_alpha:Alpha")

    assert PROVIDER_REGISTRY["alpha"].__name__ == "Alpha"
    assert "alpha" in PROVIDER_REGISTRY
    assert "alpha" in list(PROVIDER_REGISTRY)


def test_looking_up_imports_nothing_else(site):
    """A provider that is not asked for stays unimported."""
    site.install("acme", alpha="acme_alpha:Alpha", beta="acme_beta:Beta")

    _ = PROVIDER_REGISTRY["alpha"]

    assert "acme_alpha" in sys.modules
    assert "acme_beta" not in sys.modules


def test_listing_imports_nothing(site):
    """Names are known without their providers."""
    site.install("acme", alpha="acme_alpha:Alpha")

    assert "alpha" in PROVIDER_REGISTRY
    assert "alpha" in repr(PROVIDER_REGISTRY)
    assert len(PROVIDER_REGISTRY) == len(list(PROVIDER_REGISTRY)) >= 1
    assert "acme_alpha" not in sys.modules


def test_two_distributions_with_one_name(site):
    """The error names both claims; none silently wins."""
    site.install("one", alpha="one_alpha:Alpha")
    site.install("two", alpha="two_alpha:Alpha")

    with pytest.raises(RegistryError, match=r"one_alpha:Alpha") as caught:
        _ = PROVIDER_REGISTRY["alpha"]

    assert "two_alpha:Alpha" in str(caught.value)
    assert "remove one of them" in str(caught.value)


def test_an_import_that_fails_tells_no_secrets(site, monkeypatch):
    """A module may show its credential in its error; we do not."""
    monkeypatch.setenv("ACME_API_KEY", KEY)
    site.install("acme", alpha="acme_alpha:Alpha")
    site.write("acme_alpha", f"raise RuntimeError('wrong key {KEY}, ' + 'or so ' * 10**6)")

    with pytest.raises(RegistryError, match=r"wrong key \[redacted\], or so") as caught:
        _ = PROVIDER_REGISTRY["alpha"]

    assert KEY not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_ctrl_c_during_an_import_is_no_broken_provider(site):
    """It ends the program."""
    site.install("acme", alpha="acme_alpha:Alpha")
    site.write("acme_alpha", "raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        _ = PROVIDER_REGISTRY["alpha"]


@pytest.mark.parametrize("source", ["import a_module_that_is_missing", "Beta = 1"])
def test_a_provider_that_cannot_be_imported(site, source):
    """The error says which and from where: a module fails, or lacks the class."""
    site.install("acme", alpha="acme_alpha:Alpha")
    site.write("acme_alpha", source)

    with pytest.raises(RegistryError, match=r"'alpha' cannot be imported from acme_alpha:Alpha"):
        _ = PROVIDER_REGISTRY["alpha"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import a_module_that_is_missing", "ModuleNotFoundError: No module named 'a_module_that"),
        ("Beta = 1", "AttributeError: module 'acme_alpha' has no attribute 'Alpha'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def (", "SyntaxError: invalid syntax (acme_alpha.py, line 1)"),
        ("raise RuntimeError('one\\ntwo')", "RuntimeError: one two"),
        ("raise SystemExit('not here')", "SystemExit: not here"),
        ("import sys; sys.exit()", "SystemExit. "),
        ("raise GeneratorExit", "GeneratorExit. "),
        ("class E(Exception):\n def __str__(self): 1 / 0\nraise E", "E. "),
    ],
)
def test_an_import_that_fails_is_explained_in_one_line(site, source, reason):
    """However a module fails, the error names the provider, the module and the reason."""
    site.install("acme", alpha="acme_alpha:Alpha")
    site.write("acme_alpha", source)

    with pytest.raises(RegistryError) as caught:
        _ = PROVIDER_REGISTRY["alpha"]

    begin = "provider 'alpha' cannot be imported from acme_alpha:Alpha of acme 1.0: "
    assert str(caught.value).startswith(begin + reason)
    assert str(caught.value).endswith(" Repair or uninstall acme 1.0.")
    assert "\n" not in str(caught.value)


# At run time.


def test_a_provider_is_registered_at_run_time():
    """A class, or anything else that makes a provider."""
    register_provider("fake", FakeProvider)
    register_provider("scripted", lambda **config: FakeProvider("Blue.", **config))

    assert PROVIDER_REGISTRY["fake"] is FakeProvider
    assert isinstance(PROVIDER_REGISTRY["scripted"](healthy=False), FakeProvider)


def test_a_name_is_registered_once():
    """The error names both claims."""
    register_provider("fake", FakeProvider)

    with pytest.raises(RegistryError, match="already claimed by register_provider") as caught:
        register_provider("fake", AcmeProvider)

    assert "FakeProvider" in str(caught.value)
    assert "AcmeProvider needs another name" in str(caught.value)


def test_a_claim_tells_no_arguments():
    """A factory with fixed arguments may hold a credential: only its class is named."""
    register_provider("fake", partial(FakeProvider, api_key=KEY))

    with pytest.raises(RegistryError, match="FakeProvider") as caught:
        register_provider("fake", partial(partial(AcmeProvider, api_key=KEY), timeout=5.0))

    assert "AcmeProvider needs another name" in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_factory_is_named_by_its_class():
    """An object that is called is neither shown nor asked how it looks."""

    class Maker:
        def __call__(self, **config):
            return FakeProvider(**config)

        def __repr__(self):
            raise RuntimeError(KEY)

    register_provider("made", Maker())

    assert "made" in PROVIDER_REGISTRY
    with pytest.raises(RegistryError, match=r"Maker\); .*Maker needs another name"):
        register_provider("made", Maker())


@pytest.mark.parametrize("name", ["", " ", "two words", "a/b", "a\nb", 5, None, ["a"]])
def test_a_name_that_is_none(name):
    """A name is a word, in every source."""
    with pytest.raises(RegistryError, match="is not a valid name for a provider"):
        register_provider(name, FakeProvider)


def test_a_name_is_registered_once_among_threads():
    """Of several threads that claim one name at once, one gets it."""

    def register(_):
        try:
            register_provider("fake", FakeProvider)
        except RegistryError:
            return 0
        return 1

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(register, range(32))) == 1


@pytest.mark.parametrize("name", ["", "two words", 5, None])
def test_a_name_in_the_data_that_is_none(name):
    """Nobody can ask for it, and the other names are there."""
    PROVIDER_CONFIG[name] = {"base_url": "https://b.example"}
    PROVIDER_CONFIG["beta"] = {"base_url": "https://b.example"}

    assert "beta" in list(PROVIDER_REGISTRY)
    assert name not in list(PROVIDER_REGISTRY)
    with pytest.raises(RegistryError):
        _ = PROVIDER_REGISTRY[name]


@pytest.mark.parametrize("name", [5, None, ["a"]])
def test_a_name_of_another_type_is_unknown(name):
    """Looking it up is a ``KeyError`` with a sentence, as for any unknown name."""
    with pytest.raises(UnknownProviderError, match="no provider is called"):
        _ = PROVIDER_REGISTRY[name]


@pytest.mark.parametrize("factory", [5, "acme:Acme", None, FakeProvider("Blue.")])
def test_a_factory_that_makes_nothing(factory):
    """It is refused when it is registered, not when it is used."""
    with pytest.raises(RegistryError, match="'acme' needs a class or another callable, not"):
        register_provider("acme", factory)


def test_a_declared_factory_that_makes_nothing(site):
    """An entry point may lead to anything."""
    site.install("acme", alpha="acme_alpha:Alpha")
    site.write("acme_alpha", "Alpha = 5")

    with pytest.raises(RegistryError, match="'alpha' needs a class or another callable, not 5"):
        _ = PROVIDER_REGISTRY["alpha"]


def test_a_declared_name_is_not_registered_over(site):
    """The entry point was there first."""
    site.install("acme", alpha="acme_alpha:Alpha")

    with pytest.raises(RegistryError, match="claimed by the entry point acme_alpha:Alpha"):
        register_provider("alpha", FakeProvider)


def test_a_claim_by_data_collides_too(site):
    """All three sources share one set of names."""
    site.install("acme", alpha="acme_alpha:Alpha")
    PROVIDER_CONFIG["alpha"] = {"base_url": "https://a.example"}

    with pytest.raises(RegistryError, match=r"PROVIDER_CONFIG\['alpha'\]"):
        _ = PROVIDER_REGISTRY["alpha"]


# The mapping.


def test_an_unknown_name_suggests_the_nearest():
    """Misspelling is told from absence."""
    register_provider("ollamaish", FakeProvider)

    with pytest.raises(UnknownProviderError, match="called 'olamaish'; did you mean"):
        _ = PROVIDER_REGISTRY["olamaish"]
    with pytest.raises(UnknownProviderError, match=r"'xyzzy'; known are .*ollamaish"):
        _ = PROVIDER_REGISTRY["xyzzy"]


def test_an_unknown_name_is_a_key_error():
    """The mapping behaves as mappings do."""
    assert PROVIDER_REGISTRY.get("xyzzy") is None
    assert "xyzzy" not in PROVIDER_REGISTRY
    assert 5 not in PROVIDER_REGISTRY
    with pytest.raises(KeyError):
        _ = PROVIDER_REGISTRY["xyzzy"]


def test_it_is_read_only():
    """``register_provider`` is the way in."""
    with pytest.raises(TypeError):
        PROVIDER_REGISTRY["x"] = FakeProvider
    with pytest.raises(TypeError):
        del PROVIDER_REGISTRY["x"]


# Providers that are data.


async def test_data_alone_makes_a_provider(monkeypatch):
    """Address, variable and default model are enough."""
    PROVIDER_CONFIG["beta"] = {
        "base_url": "https://beta.example/v1",
        "api_key_env": "BETA_KEY",
        "default_model": "beta-1",
    }
    monkeypatch.setenv("BETA_KEY", KEY)
    service = Service(Reply(completion()))

    provider = PROVIDER_REGISTRY["beta"](http_client=service.client)

    assert (await provider.complete("Why?")) == "Blue."
    assert provider.name == "beta"
    assert str(service.requests[0].url) == "https://beta.example/v1/chat/completions"
    assert service.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert service.bodies[0]["model"] == "beta-1"


def test_data_with_a_variable_requires_it():
    """The credential is required where a variable is named."""
    PROVIDER_CONFIG["beta"] = {"base_url": "https://beta.example", "api_key_env": ["A", "B"]}

    with pytest.raises(ProviderAuthError, match="A is not set"):
        PROVIDER_REGISTRY["beta"]()


@pytest.mark.parametrize("extra", [{}, {"api_key_env": "A", "credential": "optional"}])
def test_data_without_a_variable_requires_none(extra):
    """A local server has no credentials; ``credential`` says otherwise where needed."""
    PROVIDER_CONFIG["beta"] = {"base_url": "http://127.0.0.1:1/v1", **extra}

    PROVIDER_REGISTRY["beta"]()


async def test_data_narrows_the_capabilities():
    """What the service cannot do is refused."""
    PROVIDER_CONFIG["beta"] = {"base_url": "http://127.0.0.1:1/v1", "capabilities": ["system"]}

    with pytest.raises(UnsupportedCapabilityError):
        await PROVIDER_REGISTRY["beta"]().complete("Why?", model="m", seed=1)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({}, "'beta' needs a base_url"),
        ({"base_url": 5}, "'beta': base_url must be text, not 5"),
        ({"base_url": None}, "'beta' needs a base_url"),
        (5, "'beta' must be a mapping, not 5"),
        ("https://b", "'beta' must be a mapping, not str"),
        ({5: "https://b"}, "unknown key 5"),
        ({"base_url": "https://b", "api_key_env": 5}, "api_key_env must be a name or a list"),
        ({"base_url": "https://b", "api_key_env": ["A", 5]}, "api_key_env must be a name or a"),
        ({"base_url": "https://b", "default_model": ["a"]}, "default_model must be text, not"),
        ({"base_url": "https://b", "credential": ["none"]}, "credential must be text, not list"),
        ({"base_url": "https://b", "capabilities": "streaming"}, "must be a list of words, not"),
        ({"base_url": "https://b", "capabilities": [5]}, "must be a list of words, not list"),
        (
            {"base_url": "https://b", "api_key": "x"},
            "unknown key 'api_key'; did you mean",
        ),
        (
            {"base_url": "https://b", "credential": "maybe"},
            "must be one of required, optional, none",
        ),
        ({"base_url": "https://b", "api_key_env": "TWO WORDS"}, "must name environment variables"),
        ({"base_url": "https://b", "api_key_env": ["A", ""]}, "must name environment variables"),
        ({"base_url": "https://b", "capabilities": ["stream"]}, "did you mean 'streaming'"),
    ],
)
def test_data_that_makes_no_sense(config, problem):
    """The error names the provider and the remedy."""
    PROVIDER_CONFIG["beta"] = config

    with pytest.raises(RegistryError, match=problem):
        _ = PROVIDER_REGISTRY["beta"]


@pytest.mark.parametrize("key", ["api_key_env", "credential"])
@pytest.mark.parametrize(
    "credential",
    [
        "sk-proj-abcdefgh",
        "hf_AbCdEfGhIjKlMnOpQrStUvWxYz",
        "abcdef0123456789abcdef0123456789",
        "9aB",
    ],
)
def test_a_credential_in_the_data_is_not_repeated(key, credential):
    """Who puts it in place of its variable's name hears where it belongs, and never sees it."""
    PROVIDER_CONFIG["beta"] = {"base_url": "https://b.example", key: credential}

    with pytest.raises(RegistryError, match=f"'beta': {key} .* not the credential") as caught:
        PROVIDER_REGISTRY["beta"]()

    assert credential not in str(caught.value)


@pytest.mark.parametrize("name", ["BETA_KEY", "beta_key", "_K2", "OUR_TEAM_PRODUCTION_API_KEY_2"])
def test_the_names_of_variables(name):
    """Any usual name of a variable is one."""
    PROVIDER_CONFIG["beta"] = {"base_url": "https://b.example", "api_key_env": name}

    with pytest.raises(ProviderAuthError, match=f"{name} is not set"):
        PROVIDER_REGISTRY["beta"]()
