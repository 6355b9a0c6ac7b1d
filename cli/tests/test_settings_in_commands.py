"""The commands about providers read the user's settings."""

import json
from functools import partial

import pytest
from provider_sdk.testing import FakeProvider

from ._settings import write_settings
from ._shell import TOKEN

ABOUT_ONE = [("models",), ("health",), ("ps",), ("pull", "m"), ("show", "m"), ("rm", "m")]


@pytest.fixture
def settings(tmp_path):
    """Write the user's settings."""
    return partial(write_settings, tmp_path)


@pytest.fixture
def acme(settings, router, monkeypatch):
    """Describe a provider by settings alone; keywords are further settings."""
    monkeypatch.setenv("ACME_KEY", TOKEN)
    config = {
        "base_url": f"{router.url}/v1",
        "api_key_env": "ACME_KEY",
        "default_model": "acme-large",
        "local": True,
    }

    def write(**values):
        settings(**{"providers": {"acme": config}, **values})

    write()
    return write


def rows(text):
    """Return the lines of a table by their first word."""
    return {line.split()[0]: line for line in text.splitlines()}


# The list.


def test_a_provider_of_the_settings_is_listed(invoke, acme, router) -> None:
    """Its source says so, and nothing is sent."""
    found = json.loads(invoke("providers", "--format", "json").stdout)["providers"]
    (told,) = [each for each in found if each["name"] == "acme"]

    assert (told["source"], told["default_model"], told["local"]) == (
        "settings",
        "acme-large",
        True,
    )
    assert (told["credential"], told["problem"]) == ("set", None)
    assert told["credential_source"] == "the environment variable ACME_KEY"
    assert "  settings  " in rows(invoke("providers").stdout)["acme"]
    assert router.exchanges == []


def test_what_settings_change_of_another_is_told(invoke, settings) -> None:
    """Its source remains the distribution."""
    settings(providers={"hf": {"default_model": "org/mine"}})

    row = rows(invoke("providers").stdout)["hf"]

    assert "  provider-contract-huggingface 0.1.0  " in row
    assert "  org/mine  " in row


def test_what_is_wrong_is_one_line_each(invoke, settings, monkeypatch) -> None:
    """Wrong entries and missing credentials are told, and the others go on."""
    monkeypatch.delenv("FAR_KEY", raising=False)
    settings(
        providers={
            "far": {"base_url": "https://far.example/v1", "api_key_env": "FAR_KEY"},
            "lost": {"default_model": "m"},
            "odd": {"base_url": "https://odd.example/v1", "capabilities": ["tols"]},
            "text": "https://text.example/v1",
        }
    )

    result = invoke("providers")
    told = rows(result.stdout)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "missing: FAR_KEY" in told["far"]
    assert told["lost"].endswith("  provider 'lost' needs a base_url")
    assert told["odd"].endswith(
        "  provider 'odd': unknown capability 'tols'; did you mean 'tools'?"
    )
    assert told["text"].endswith("  provider 'text' must be a mapping, not str")
    assert "provider-contract-huggingface" in told["hf"]


# Commands about one provider.


def test_models_of_a_provider_of_the_settings(invoke, acme, router) -> None:
    """Its service is asked with its credential."""
    result = invoke("models", "--provider", "acme")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "org/one\n", "")
    assert router.exchanges[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_health_of_a_provider_of_the_settings(invoke, acme, monkeypatch) -> None:
    """It is checked, and a missing credential is exit code 3."""
    assert invoke("health", "--provider", "acme").stdout == "acme: ok\n"
    monkeypatch.delenv("ACME_KEY")
    result = invoke("health", "--provider", "acme")

    told = "ACME_KEY is not set. Set it, or store a key with 'ollama-cli login acme'."
    assert (result.exit_code, result.stdout) == (3, f"acme: not ok: {told}\n")


@pytest.mark.parametrize("command", ["ps", "rm"])
def test_models_are_managed_where_the_settings_say(invoke, settings, router, command) -> None:
    """The address of an installed provider may be set."""
    settings(providers={"ollama": {"base_url": router.url}}, provider="ollama")
    router.scripts["/api/ps"] = lambda exchange: exchange.reply(200, {"models": []})
    router.scripts["/api/delete"] = lambda exchange: exchange.reply(200, "")

    result = invoke(command, *(["m"] if command == "rm" else []))

    assert (result.exit_code, result.stderr) == (0, "")
    assert [exchange.path for exchange in router.exchanges] in (["/api/ps"], ["/api/delete"])


@pytest.mark.parametrize("command", [("models",), ("health",)])
def test_the_setting_names_the_provider(invoke, fake, acme, monkeypatch, command) -> None:
    """Unless the variable or the option does."""
    fake(FakeProvider())
    acme(provider="acme")

    def asked(*arguments):
        result = invoke(*command, *arguments, "--format", "json")
        assert result.exit_code == 0
        return json.loads(result.stdout)["provider"]

    assert asked() == "acme"
    monkeypatch.setenv("OLLAMA_CLI_PROVIDER", "fake")
    assert asked() == "fake"
    assert asked("--provider", "acme") == "acme"


@pytest.mark.parametrize("command", ABOUT_ONE)
def test_nobody_is_named(invoke, command) -> None:
    """One line says where to name a provider, and where to look them up."""
    result = invoke(*command)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Error: no provider is named: pass --provider, or set OLLAMA_CLI_PROVIDER or the setting "
        "'provider'; 'ollama-cli providers' lists the names\n"
    )


@pytest.mark.parametrize("command", ABOUT_ONE)
def test_local_only_holds_for_all(invoke, acme, router, monkeypatch, command) -> None:
    """Nothing is sent to a service that is not local."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_BASE_URL", f"{router.url}/v1")
    monkeypatch.setenv("HF_ENDPOINT", router.url)
    acme(local_only=True)

    result = invoke(*command, "--provider", "hf")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: hf is not local, and the setting local_only permits no")
    assert router.exchanges == []
    assert invoke("models", "--provider", "acme").exit_code == 0


@pytest.mark.parametrize("command", [*ABOUT_ONE, ("providers",), ("why",), ("run", "Why?")])
def test_a_broken_file_ends_every_command(invoke, settings, command) -> None:
    """It may forbid what the command would do."""
    file = settings()
    file.write_text('{"local_only": true')

    result = invoke(*command)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {file}: line 1, column 20: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"tasks": "coding"}, "tasks must be a mapping, not str"),
        ({"tasks": {"coding": ["hf"]}}, "tasks: coding must be a mapping, not list"),
        ({"tasks": {"embedding": {}}}, "tasks: the task 'embedding' is reserved: no provider"),
        ({"provider": ["hf"]}, "provider must be text that is not empty, not list"),
        ({"providers": ["hf"]}, "providers must be a mapping, not list"),
        ({"providers": {"a b": {}}}, "'a b' is not a valid name for a provider; use letters"),
        ({"providers": {"hf": {"local": 1}}}, "provider 'hf': local must be true or false, not 1"),
        ({"fallback_chain": "hf"}, "fallback_chain must be a list of names of providers, not str"),
        ({"budgets": {"day_usd": "5"}}, "budgets"),
        ({"prices": {"m": 1}}, "prices['m'] must be a mapping, not 1"),
    ],
    ids=str,
)
@pytest.mark.parametrize("command", [*ABOUT_ONE, ("why",), ("run", "Why?")], ids=" ".join)
def test_a_wrong_value_ends_every_command_that_uses_it(
    invoke, settings, command, values, problem
) -> None:
    """The line names the file, the key and what it must be."""
    file = settings(**values)

    result = invoke(*command)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {file}: {problem}")
    assert result.stderr.count("\n") == 1


def test_the_error_is_an_object_with_json(invoke, settings) -> None:
    """Its type names the cause."""
    settings(provder="hf")

    result = invoke("providers", "--format", "json")
    error = json.loads(result.stderr)["error"]

    assert (result.exit_code, result.stdout) == (2, "")
    assert (error["type"], error["hint"]) == ("SettingsError", None)
    assert error["message"].endswith("unknown key 'provder'; did you mean 'provider'?")


@pytest.mark.parametrize("command", ["version", "help"])
def test_a_broken_file_leaves_the_help(invoke, settings, command) -> None:
    """Whoever mends it may look things up."""
    settings().write_text("{")

    assert invoke(command).exit_code == 0


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_a_file_that_is_ignored_is_told(invoke, settings, output_format) -> None:
    """One line on standard error says why, and the command goes on without it."""
    file = settings(fallback_chain=[])
    file.chmod(0o666)
    told = f"{file} is ignored, because others can write to it"

    result = invoke("why", "--format", output_format)

    event = json.dumps({"type": "warning", "message": told})
    shown = f"Warning: {told}" if output_format == "text" else event
    assert (result.exit_code, result.stderr) == (0, f"{shown}\n")
    assert "ollama" in result.stdout
