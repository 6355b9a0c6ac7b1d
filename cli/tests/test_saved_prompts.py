"""Asking with saved prompts, aliases and ``provider/model``, as people do it from the shell."""

import json

import pytest
from provider_sdk import ProviderUnavailableError
from provider_sdk.testing import FakeProvider

REVIEW = """---
model: other/reviewer
system: You review {{language}}.
options: {"temperature": 0.2}
params:
  language: Python
  tone:
---
In a {{tone}} tone, review:
{{input}}
"""


@pytest.fixture
def providers(fake):
    """Two providers that answer."""
    return fake(FakeProvider("A", repeat=True)), fake(FakeProvider("B", repeat=True), "other")


@pytest.fixture
def saved(settings):
    """Save a prompt."""

    def save(name: str, text: str, **values: object) -> None:
        folder = settings(**{"fallback_chain": ["fake", "other"], **values}).parent / "prompts"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / f"{name}.md").write_text(text)
        (folder / f"{name}.md").chmod(0o600)

    return save


def asked(provider):
    """Return model, messages and temperature of the only call."""
    (call,) = provider.calls
    messages = [(message.role, message.content) for message in call.messages]
    return call.model, messages, call.options.get("temperature")


def test_a_saved_prompt_is_asked(invoke, providers, saved) -> None:
    """Its provider, model, system prompt, options and text, with parameters and standard input."""
    saved("review", REVIEW, provider="fake")

    result = invoke("-t", "review", "-p", "tone=calm", input="x = {{tone}}\n")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "B\n", "")
    assert providers[0].calls == []
    assert asked(providers[1]) == (
        "reviewer",
        [
            ("system", "You review Python."),
            ("user", "In a calm tone, review:\nx = {{tone}}"),
        ],
        0.2,
    )


def test_the_command_line_comes_first(invoke, providers, saved) -> None:
    """Before what the saved prompt says."""
    saved("review", REVIEW)
    options = ("-p", "tone=calm", "-m", "fake/mine", "-o", "temperature=1", "--system", "S")

    assert invoke("-t", "review", *options, "x").stdout == "A\n"
    assert asked(providers[0]) == (
        "mine",
        [("system", "S"), ("user", "In a calm tone, review:\nx")],
        1,
    )


def test_a_prompt_without_a_place_needs_no_input(invoke, providers, saved) -> None:
    """It is asked as it is."""
    saved("hello", "Say hello.")

    assert invoke("run", "-t", "hello").stdout == "A\n"
    assert asked(providers[0])[1] == [("user", "Say hello.")]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("-t", "reviw", "x"), "no saved prompt is called 'reviw'; did you mean 'review'?"),
        (("-t", "review", "x"), "the saved prompt 'review' needs -p tone=VALUE"),
        (("-t", "review", "-p", "tome=x", "x"), "has no parameter 'tome'; did you mean 'tone'?"),
        (("-t", "review", "-p", "tone", "x"), "-p takes NAME=VALUE, not 'tone'"),
        (("-t", "review", "-p", "tone=x"), "the saved prompt 'review' needs input"),
        (("-t", "../x", "x"), "'../x' is not the name of a saved prompt"),
    ],
    ids=lambda value: " ".join(value)[:30],
)
def test_a_mistake_sends_nothing(invoke, providers, saved, arguments, problem) -> None:
    """It is exit code 2 and one line."""
    saved("review", REVIEW)

    result = invoke(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
    assert [provider.calls for provider in providers] == [[], []]


def test_an_untrusted_project_has_no_prompts(
    invoke, providers, saved, tmp_path, monkeypatch
) -> None:
    """A line says so, and the user's own is asked."""
    saved("review", "Mine.")
    folder = tmp_path / "project" / ".ollama" / "prompts"
    folder.mkdir(parents=True)
    (folder / "review.md").write_text("Theirs.")
    monkeypatch.chdir(tmp_path / "project")

    result = invoke("-t", "review")

    assert result.exit_code == 0
    assert asked(providers[0])[1] == [("user", "Mine.")]
    assert "is not trusted" in result.stderr


@pytest.mark.parametrize("model", ["other/m", "best"])
def test_a_named_provider_is_never_replaced(invoke, fake, settings, model) -> None:
    """An alias and provider/model name one, as --provider does."""
    settings(aliases={"best": "other/m"}, fallback_chain=["other", "fake"])
    first = fake(FakeProvider())
    fake(FakeProvider(ProviderUnavailableError("down")), "other")

    result = invoke("-m", model, "Why?")

    assert result.exit_code != 0
    assert first.calls == []


def test_the_setting_model_may_be_an_alias(invoke, providers, settings) -> None:
    """Its provider answers, and JSON tells the id that was asked."""
    settings(model="best", aliases={"best": "other/m"}, fallback_chain=["fake"])

    found = json.loads(invoke("Why?", "--format", "json").stdout)

    assert (found["provider"], found["model"]) == ("other", "m")
    assert asked(providers[1])[0] == "m"


def test_a_model_that_names_a_misspelt_provider_is_not_asked(invoke, providers, settings) -> None:
    """It would be asked of the first of the chain."""
    settings(fallback_chain=["fake"])

    result = invoke("-m", "othr/m", "Why?")

    assert (result.exit_code, providers[0].calls) == (2, [])
    assert "no provider is called 'othr'; did you mean 'other'?" in result.stderr
