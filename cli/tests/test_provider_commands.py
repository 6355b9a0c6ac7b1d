"""The commands about a provider: models and health."""

import json

import pytest
from ollama_cli.commands.health import health_code
from provider_sdk import (
    PROVIDER_CONFIG,
    Health,
    ModelInfo,
    ProviderAuthError,
    ProviderRateLimitError,
    ProviderUnavailableError,
)
from provider_sdk.testing import FakeProvider

MISSING = "ACME_TOKEN is not set. Set it, or store a key with 'ollama-cli login acme'."


class Catalogue(FakeProvider):
    async def describe_models(self):
        """Describe two, one of them in red."""
        return [
            ModelInfo("org/one", context_window=4096, input_price=0.2, output_price=1.0),
            ModelInfo("org/\x1b[31m\u202etwo", owned_by="\u202eo"),
        ]


@pytest.fixture
def acme(monkeypatch) -> None:
    """A provider made of data, without the credential that it requires."""
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    config = {"base_url": "https://api.acme.example/v1", "api_key_env": "ACME_TOKEN"}
    monkeypatch.setitem(PROVIDER_CONFIG, "acme", config)


@pytest.mark.parametrize("name", ["models", "list"])
def test_models_are_an_id_a_line(invoke, fake, name) -> None:
    """Both names list the ids, safe for a terminal."""
    fake(Catalogue)

    assert invoke(name, "--provider", "fake").stdout == "org/one\norg/two\n"


def test_verbose_models_tell_context_and_prices(invoke, fake) -> None:
    """With -v each line adds what the service says of the model."""
    fake(Catalogue)

    result = invoke("models", "--provider", "fake", "-v")

    assert result.stdout == ("org/one\t4096 tokens\t$0.2 in, $1 out per million tokens\norg/two\n")


def test_models_as_json_hold_all_that_is_known(invoke, fake) -> None:
    """The object names the provider and describes each model."""
    fake(Catalogue)

    found = json.loads(invoke("models", "--provider", "fake", "--format", "json").stdout)

    assert found.keys() == {"provider", "models"}
    assert found["provider"] == "fake"
    assert found["models"][0] == ModelInfo(
        "org/one", context_window=4096, input_price=0.2, output_price=1.0
    ).to_dict() | {"backends": [], "input_modalities": [], "output_modalities": []}


def test_models_as_json_steer_no_terminal(invoke, fake) -> None:
    """Other programs print what they find there; with --raw it is what the service said."""
    fake(Catalogue)
    found = [
        json.loads(invoke("models", "--provider", "fake", "--format", "json", *more).stdout)
        for more in ((), ("--raw",))
    ]

    assert [each["models"][1]["id"] for each in found] == ["org/two", "org/\x1b[31m\u202etwo"]
    assert [each["models"][1]["owned_by"] for each in found] == ["o", "\u202eo"]


def test_a_model_id_is_one_line(invoke, fake) -> None:
    """A service cannot pass one id off as two."""

    class Sly(FakeProvider):
        async def describe_models(self):
            return [ModelInfo("org/one\norg/two", context_window=1)]

    fake(Sly)
    for more in ((), ("-v",)):
        shown = invoke("models", "--provider", "fake", *more).stdout
        assert shown.splitlines() == [shown.rstrip("\n")]


def test_timeout_is_the_providers(invoke, fake) -> None:
    """``--timeout`` reaches the constructor, and is left out where it was not given."""
    configs = []

    def make(**config):
        configs.append(config)
        return FakeProvider()

    fake(make)
    invoke("models", "--provider", "fake", "--timeout", "2.5")
    invoke("models", "--provider", "fake")

    assert configs == [{"timeout": 2.5}, {}]


@pytest.mark.parametrize("seconds", ["0", "-1", "soon"])
def test_timeout_that_is_none_is_2(invoke, fake, seconds) -> None:
    """A timeout is a positive number of seconds."""
    assert invoke("models", "--provider", "fake", "--timeout", seconds).exit_code == 2


def test_constructor_that_refuses_is_2(invoke, fake) -> None:
    """A setting that the provider rejects is a usage error, in its own words."""

    def make(**config):
        raise ValueError("the base URL must look like https://host/path")

    fake(make)
    result = invoke("models", "--provider", "fake")

    assert result.exit_code == 2
    assert result.stderr == (
        "Error: provider 'fake' cannot be built: ValueError: the base URL must look like "
        "https://host/path\n"
    )


@pytest.mark.parametrize("command", ["run", "models", "health"])
def test_provider_that_cannot_be_built_is_named(invoke, fake, command) -> None:
    """Whatever a constructor raises, the error names the provider, in one line."""

    def make(**config):
        raise ImportError("no module\nof this name")

    fake(make)
    result = invoke(command, *(["Why?"] if command == "run" else []), "--provider", "fake")

    assert result.exit_code == 2
    assert result.stderr == (
        "Error: provider 'fake' cannot be built: ImportError: no module of this name\n"
    )


@pytest.mark.parametrize(
    ("health", "code"),
    [
        pytest.param(Health(True), 0, id="ok"),
        pytest.param(Health(False, "no", error=ProviderAuthError("no")), 3, id="credential"),
        pytest.param(Health(False, "no", error=ProviderUnavailableError("no")), 4, id="away"),
        pytest.param(Health(False, "no", error=ProviderRateLimitError("no")), 4, id="limited"),
        pytest.param(Health(False, "no", error=ValueError("no")), 4, id="broken"),
        pytest.param(Health(False, "no"), 4, id="unknown"),
    ],
)
def test_health_has_its_code(health, code) -> None:
    """Health that could be checked exits with 0, 3 or 4."""
    assert health_code(health) == code


@pytest.mark.parametrize(("healthy", "code", "verdict"), [(True, 0, "ok"), (False, 4, "not ok: ")])
def test_provider_without_a_probe_is_checked(invoke, fake, healthy, code, verdict) -> None:
    """A factory that is no provider class makes one that is asked."""
    fake(FakeProvider(healthy=healthy))

    result = invoke("health", "--provider", "fake")

    assert result.exit_code == code
    assert result.stdout.startswith(f"fake: {verdict}")


def test_a_health_check_that_raises_is_not_ok(invoke, fake) -> None:
    """Code of others may do so; the reason is one line, and no traceback."""

    class Careless(FakeProvider):
        async def health_check(self):
            raise KeyError("no\nkey")

    fake(Careless)
    result = invoke("health", "--provider", "fake")

    assert (result.exit_code, result.stderr) == (4, "")
    assert result.stdout == "fake: not ok: KeyError: 'no\\nkey'\n"


def test_health_tells_the_reason(invoke, acme) -> None:
    """A missing credential is a result with its reason, and exits with 3."""
    result = invoke("health", "--provider", "acme")

    assert (result.exit_code, result.stderr) == (3, "")
    assert result.stdout == f"acme: not ok: {MISSING}\n"


def test_health_as_json_is_one_object(invoke, acme) -> None:
    """With json the verdict is an object."""
    result = invoke("health", "--provider", "acme", "--format", "json")
    found = json.loads(result.stdout)

    assert isinstance(found.pop("latency_s"), float)
    assert found == {"provider": "acme", "ok": False, "reason": MISSING}


def test_verbose_health_tells_the_time(invoke, fake) -> None:
    """With -v the verdict tells how long it took."""
    fake(FakeProvider())

    assert invoke("health", "--provider", "fake", "-v").stdout.endswith(" s)\n")


@pytest.mark.parametrize("command", ["models", "health"])
def test_unknown_provider_is_2(invoke, command) -> None:
    """No command makes a provider up."""
    result = invoke(command, "--provider", "fakee")

    assert result.exit_code == 2
    assert "did you mean 'fake'?" in result.stderr
