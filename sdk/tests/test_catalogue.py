"""What is known of every provider before one is built."""

import json
import os
import subprocess
import sys
from functools import partial

import pytest
from provider_sdk import (
    PROVIDER_CONFIG,
    BaseProvider,
    Credential,
    ProviderAuthError,
    RegistryError,
    describe_providers,
    register_provider,
)
from provider_sdk.testing import FakeProvider

from ._service import KEY, AcmeProvider, OpenProvider, OptionalProvider

pytestmark = pytest.mark.usefixtures("own_registrations")


def described(name, settings=None):
    """Return what is known of one provider."""
    (found,) = [each for each in describe_providers(settings) if each.name == name]
    return found


# Sources.


def test_an_installed_provider_names_its_distribution(site):
    """The source is the distribution with its version."""
    site.install("one", alpha="one_alpha:Alpha")

    assert described("alpha").source == "one 1.0"


def test_every_source_has_a_name():
    """Data, settings and registrations at run time are told apart."""
    PROVIDER_CONFIG["beta"] = {"base_url": "https://b.example"}
    register_provider("gamma", AcmeProvider)
    settings = {"providers": {"delta": {"base_url": "https://d.example"}}}

    found = {each.name: each.source for each in describe_providers(settings)}

    assert found["beta"] == "PROVIDER_CONFIG"
    assert found["gamma"] == "run time"
    assert found["delta"] == "settings"


def test_descriptions_are_in_the_order_of_names(site):
    """Whatever the source is."""
    site.install("one", zeta="one_alpha:Alpha", alpha="one_alpha:Alpha")
    register_provider("beta", AcmeProvider)

    names = [each.name for each in describe_providers()]

    assert names == sorted(names)
    assert {"alpha", "beta", "zeta"} <= set(names)


def test_describing_builds_nothing_and_loads_no_http_library(site):
    """An installed provider is described from its class."""
    site.install("one", alpha="one_alpha:Alpha")
    source = "from provider_sdk import OpenAICompatibleProvider\nclass Alpha({0}): {1}\n"
    built = "__init__ = lambda self, **config: 1 / 0"
    site.write("one_alpha", source.format("OpenAICompatibleProvider", built))
    code = (
        "import sys, provider_sdk\n"
        "found = {each.name: each.problem for each in provider_sdk.describe_providers()}\n"
        "print(found['alpha'], 'one_alpha' in sys.modules, 'httpx' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(site.folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert result.stdout.split() == ["None", "True", "False"]


# What a class says.


def test_a_class_says_what_it_can_do():
    """Default model, capabilities and place are those of the class."""
    register_provider("acme", AcmeProvider)

    found = described("acme")

    assert found.default_model == "acme-large"
    assert set(found.capabilities) == AcmeProvider.capabilities
    assert list(found.capabilities) == sorted(found.capabilities)
    assert found.local is False
    assert found.problem is None


def test_data_is_described_like_a_class():
    """A provider of configuration has all that its data say."""
    PROVIDER_CONFIG["beta"] = {
        "base_url": "http://127.0.0.1:1/v1",
        "default_model": "beta-1",
        "capabilities": ["system", "streaming"],
        "local": True,
    }

    found = described("beta")

    assert (found.default_model, found.local) == ("beta-1", True)
    assert found.capabilities == ("streaming", "system")
    assert found.credential == "not needed"


def test_settings_change_what_is_known(monkeypatch):
    """What a router's settings say of a provider with another source counts."""
    monkeypatch.setenv("TEAM_KEY", KEY)
    register_provider("acme", AcmeProvider)
    config = {"default_model": "small", "api_key_env": "TEAM_KEY", "local": True, "base_url": None}

    found = described("acme", {"providers": {"acme": config}})

    assert (found.source, found.default_model, found.local) == ("run time", "small", True)
    assert found.credential_source == "the environment variable TEAM_KEY"
    assert described("acme").default_model == "acme-large"


def test_settings_of_a_provider_may_be_null():
    """They count as absent: nothing is changed, and no provider is made."""
    found = describe_providers({"providers": {"hf": None, "nobody": None}})

    assert found == describe_providers()


def test_settings_that_cannot_change_a_provider_are_a_problem():
    """The line says which key is wrong."""
    register_provider("acme", AcmeProvider)

    assert (
        "unknown key 'modell'" in described("acme", {"providers": {"acme": {"modell": 1}}}).problem
    )


@pytest.mark.parametrize("address", ["acme.example/v1", "https://user:canary@acme.example/v1"])
def test_an_address_that_cannot_be_used_is_a_problem(address):
    """The line says so, without the address: it may hold a password."""
    problem = described("data", {"providers": {"data": {"base_url": address}}}).problem

    assert problem.startswith("provider 'data': the base URL must look like https://host/path")
    assert "canary" not in problem


def test_a_class_with_fixed_arguments_is_described():
    """What is partly filled in is still that class."""
    register_provider("acme", partial(partial(AcmeProvider, timeout=5.0), max_retries=0))

    assert described("acme").default_model == "acme-large"


def test_of_a_function_nothing_is_known():
    """That is no problem: it may well make a provider."""
    register_provider("made", lambda **config: FakeProvider(**config))

    found = described("made")

    assert (found.source, found.problem) == ("run time", None)
    assert found.credential is found.capabilities is found.default_model is found.local is None


def test_a_description_is_plain_json():
    """It can be written and read again."""
    register_provider("acme", AcmeProvider)

    found = described("acme").to_dict()

    assert json.loads(json.dumps(found)) == {
        **found,
        "api_key_env": list(found["api_key_env"]),
        "capabilities": list(found["capabilities"]),
    }


# The credential.


@pytest.mark.parametrize(
    ("provider", "state"),
    [(AcmeProvider, "missing"), (OptionalProvider, "not set"), (OpenProvider, "not needed")],
)
def test_a_credential_that_is_not_there(provider, state):
    """Its absence counts as much as the class says."""
    register_provider("acme", provider)

    found = described("acme")

    assert found.credential_rule == provider.credential
    assert (found.credential, found.credential_source) == (state, None)
    assert found.api_key_env == ("ACME_API_KEY", "ACME_OLD_KEY")
    assert found.problem is None


@pytest.mark.parametrize("provider", [AcmeProvider, OptionalProvider])
def test_a_credential_that_is_set(monkeypatch, provider):
    """Its source is named, and its value stands nowhere."""
    monkeypatch.setenv("ACME_API_KEY", "  ")
    monkeypatch.setenv("ACME_OLD_KEY", KEY)
    register_provider("acme", provider)

    found = described("acme")

    assert found.credential == "set"
    assert found.credential_source == "the environment variable ACME_OLD_KEY"
    assert KEY not in f"{found!r}{found.to_dict()}"


def test_a_credential_that_cannot_be_sent(monkeypatch):
    """The problem says why, without its value."""
    monkeypatch.setenv("ACME_API_KEY", f"'{KEY}'")
    register_provider("acme", AcmeProvider)

    found = described("acme")

    assert found.credential == "set"
    assert "ACME_API_KEY is in quotes" in found.problem
    assert KEY not in repr(found)


def test_a_credential_in_a_place_of_the_providers_own():
    """A class that looks in further places is asked; nothing is built for that."""

    class Keyring(AcmeProvider):
        def __init__(self, **config):
            raise AssertionError("it was built")

        def find_credential(self, api_key):
            return super().find_credential(api_key) or Credential(KEY, "the keyring")

    register_provider("acme", Keyring)

    assert described("acme").credential_source == "the keyring"


def test_a_place_that_only_a_built_provider_knows(monkeypatch):
    """If the class cannot look unbuilt, its variables still count."""

    class Late(AcmeProvider):
        def __init__(self, **config):
            self._file = "key.txt"
            super().__init__(**config)

        def find_credential(self, api_key):
            return Credential(KEY, f"the file {self._file}")

    register_provider("acme", Late)
    assert described("acme").credential == "missing"

    monkeypatch.setenv("ACME_API_KEY", KEY)
    assert described("acme").credential_source == "the environment variable ACME_API_KEY"


def test_a_place_that_cannot_be_read():
    """The credential is missing, and the problem says why."""

    class Unreadable(AcmeProvider):
        def find_credential(self, api_key):
            raise ProviderAuthError("ACME_API_KEY is not set", hint="The file\nis unreadable.")

    register_provider("acme", Unreadable)

    found = described("acme")

    assert found.credential == "missing"
    assert found.problem == "ACME_API_KEY is not set. The file is unreadable."


def test_a_single_variable_as_text_is_one_variable(monkeypatch):
    """A class that forgot the tuple is described all the same."""

    class Forgetful(OptionalProvider):
        api_key_env = "ACME_API_KEY"

    register_provider("acme", Forgetful)

    assert described("acme").api_key_env == ("ACME_API_KEY",)


# Problems: one clear line each, and the others are described.


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero. Repair or uninstall one 1.0."),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("Beta = 1", "AttributeError: module 'one_alpha' has no attribute 'Alpha'"),
        ("Alpha = 1", "'alpha' needs a class or another callable, not 1. Repair or uninstall one"),
        ("class Alpha: pass", "Alpha is not a subclass of BaseProvider"),
        (
            "from provider_sdk import BaseProvider\nclass Alpha(BaseProvider): name = 'alpha'",
            "Alpha does not implement chat, complete, health_check, list_models",
        ),
    ],
)
def test_a_broken_plug_in_is_one_line(site, source, problem):
    """However it is broken."""
    site.install("two", beta="two_beta:Beta")
    site.install("one", alpha="one_alpha:Alpha")
    site.write("one_alpha", source)

    found = described("alpha")

    assert problem in found.problem
    assert "\n" not in found.problem
    assert found.source == "one 1.0"
    assert (described("beta").problem, described("beta").credential) == (None, "not needed")


def test_two_claims_on_one_name_are_one_line(site):
    """The problem names both; so does the source."""
    site.install("one", alpha="one_alpha:Alpha", beta="one_beta:Beta")
    site.install("two", alpha="two_alpha:Alpha")
    register_provider("gamma", AcmeProvider)

    found = described("alpha")

    assert "one_alpha:Alpha of one 1.0" in found.problem
    assert "two_alpha:Alpha of two 1.0" in found.problem
    assert set(found.source.split(" and ")) == {"one 1.0", "two 1.0"}
    assert described("beta").problem is described("gamma").problem is None


@pytest.mark.parametrize(
    ("name", "config", "problem"),
    [
        ("beta", {}, "'beta' needs a base_url"),
        ("beta", {"base_url": "https://b", "capabilities": ["stream"]}, "mean 'streaming'"),
        ("beta", 5, "'beta' must be a mapping, not 5"),
        ("two words", {"base_url": "https://b"}, "'two words' is not a valid name"),
        (5, {"base_url": "https://b"}, "5 is not a valid name"),
    ],
)
@pytest.mark.parametrize("where", ["data", "settings"])
def test_data_that_makes_no_sense_is_one_line(name, config, problem, where):
    """The others are described."""
    settings = {"providers": {}}
    (PROVIDER_CONFIG if where == "data" else settings["providers"])[name] = config
    register_provider("gamma", AcmeProvider)

    assert problem in described(str(name), settings).problem
    assert described("gamma", settings).problem is None


def test_a_declaration_that_cannot_be_read_is_one_line(site):
    """It has no name that could be told."""
    site.declare("one", "[provider_sdk.providers]\nbeta\n")

    assert "the entry_points.txt of one 1.0 cannot be read" in described("?").problem
    assert described("?").source == "one 1.0"


def test_a_class_with_odd_attributes_is_one_line():
    """Nothing that a class holds keeps the others from being described."""

    class Odd(AcmeProvider):
        capabilities = 5

    class Computed(AcmeProvider):
        default_model = property(lambda self: 1 / 0)

    class Leaving(AcmeProvider):
        def find_credential(self, api_key):
            raise SystemExit(3)

    register_provider("odd", Odd)
    register_provider("computed", Computed)
    register_provider("leaving", Leaving)
    register_provider("gamma", AcmeProvider)

    assert "its class cannot be described: TypeError" in described("odd").problem
    assert described("leaving").problem == "its class cannot be described: SystemExit: 3"
    assert described("computed").default_model is None
    assert described("gamma").problem is None


def test_ctrl_c_while_describing_is_no_broken_provider():
    """It ends the program."""

    class Interrupted(AcmeProvider):
        def find_credential(self, api_key):
            raise KeyboardInterrupt

    register_provider("acme", Interrupted)

    with pytest.raises(KeyboardInterrupt):
        describe_providers()


@pytest.mark.parametrize("providers", [5, "hf", ["hf"]])
def test_settings_of_another_form(providers):
    """They are refused: nobody knows whom they mean."""
    with pytest.raises(RegistryError, match="the setting providers must be a mapping, not"):
        describe_providers({"providers": providers})
    with pytest.raises(RegistryError, match="the settings must be a mapping, not"):
        describe_providers(providers)


@pytest.mark.parametrize("settings", [None, {}, {"providers": None}, {"provider": "hf"}])
def test_settings_without_providers(settings):
    """There is nothing to add."""
    assert describe_providers(settings) == describe_providers()


def test_a_foreign_base_class_is_described(monkeypatch):
    """An adapter that implements the four methods by itself has the attributes too."""

    class Own(BaseProvider):
        name = "own"
        api_key_env = ("OWN_API_KEY",)
        chat = complete = health_check = list_models = None

    monkeypatch.setenv("OWN_API_KEY", KEY)
    register_provider("own", Own)

    assert described("own").credential_source == "the environment variable OWN_API_KEY"
