"""``ollama-cli why``: which provider would answer, and why the others would not."""

import json
import os
from functools import partial
from importlib.resources import files

import jsonschema
import pytest
from ollama_cli.choosing.last_route import remember
from provider_sdk import Attempt, ProviderUnavailableError, Route

from ._settings import write_settings
from ._shell import TOKEN

NOWHERE = "http://127.0.0.1:9"
FAR = {"base_url": "https://far.example/v1", "api_key_env": "FAR_KEY"}


@pytest.fixture
def settings(tmp_path):
    """Write the user's settings."""
    return partial(write_settings, tmp_path)


@pytest.fixture
def acme(router):
    """Say how to reach a service that is healthy."""
    return {"base_url": f"{router.url}/v1", "default_model": "acme-large", "local": True}


@pytest.fixture
def why(invoke, monkeypatch):
    """Run the command, and return its JSON, which follows its published schema."""
    for name in os.environ:
        if name.endswith(("_API_KEY", "_TOKEN", "_PROVIDER", "_MODEL")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OLLAMA_HOST", NOWHERE)
    schema = json.loads(files("ollama_cli.schemas").joinpath("why.schema.json").read_text())

    def run(*arguments):
        result = invoke("why", *arguments, "--format", "json")
        assert (result.exit_code, result.stderr) == (0, "")
        found = json.loads(result.stdout)
        jsonschema.validate(found, schema, jsonschema.Draft202012Validator)
        return found

    return run


def of(found, name):
    """Return what is told of one provider, without its name."""
    (candidate,) = [each for each in found["candidates"] if each["provider"] == name]
    return candidate["model"], candidate["state"], candidate["reason"]


def states(found):
    """Return the state of each provider, in order."""
    return {each["provider"]: each["state"] for each in found["candidates"]}


# The chain.


def test_the_first_of_the_chain_that_is_healthy_would_answer(why, router, monkeypatch) -> None:
    """All providers are told: the chain in its order, then the others."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_BASE_URL", f"{router.url}/v1")
    monkeypatch.setenv("HF_ENDPOINT", router.url)

    found = why()

    assert (found["task"], found["would_answer"], found["last"]) == ("agent", "hf", None)
    names = list(states(found))
    assert names[:5] == ["ollama", "claude", "gemini", "codex", "hf"]
    assert names[5:] == sorted(names[5:])
    model = "zai-org/GLM-4.7-Flash:novita"
    assert of(found, "hf") == (model, "would answer", "the first of the chain that is healthy")
    model, state, reason = of(found, "ollama")
    assert (model, state) == (None, "not healthy")
    assert reason.startswith("127.0.0.1:9 cannot be reached")
    model, state, reason = of(found, "claude")
    assert (model, state) == ("claude-sonnet-5", "no credential")
    assert reason.startswith("ANTHROPIC_API_KEY is not set. ")
    reason = "not in the chain; to ask it, set OPENAI_API_KEY and use --provider openai"
    assert of(found, "openai") == ("gpt-5.4", "not asked", reason)
    assert not [each for each in router.exchanges if each.command == "POST"]


def test_the_next_is_asked_if_the_first_fails(why, settings, acme) -> None:
    """Whoever comes after the first, and is healthy, is next."""
    settings(providers={"acme": acme, "beta": acme}, fallback_chain=["acme", "ollama", "beta"])

    found = why()

    assert list(states(found).items())[:3] == [
        ("acme", "would answer"),
        ("ollama", "not healthy"),
        ("beta", "next"),
    ]
    assert of(found, "beta")[2] == "asked if those before it fail"


def test_a_chain_of_the_settings_counts(why, settings, acme) -> None:
    """Those that it leaves out are not asked."""
    settings(fallback_chain=["hf", "acme"], providers={"acme": acme})

    found = why()

    assert found["would_answer"] == "acme"
    assert list(states(found))[:2] == ["hf", "acme"]
    assert of(found, "acme")[0] == "acme-large"
    assert states(found)["ollama"] == "not asked"


@pytest.mark.parametrize("chain", [[], ["far"]])
def test_nobody_may_answer(why, invoke, settings, chain) -> None:
    """Then the name is null, and the exit code still 0: the question was answered."""
    settings(fallback_chain=chain, providers={"far": FAR})

    found = why()

    assert found["would_answer"] is None
    assert states(found)["far"] == ("no credential" if chain else "not asked")
    shown = invoke("why").stdout
    assert shown.startswith("No provider would answer a question for the task agent.\n")


def test_local_only_excludes_the_others(why, settings, acme, monkeypatch) -> None:
    """The state says so."""
    monkeypatch.setenv("FAR_KEY", TOKEN)
    settings(local_only=True, fallback_chain=["far", "acme"], providers={"far": FAR, "acme": acme})

    found = why()

    assert (found["would_answer"], states(found)["far"]) == ("acme", "not local")
    reason = "not in the chain, and the setting local_only forbids it"
    assert of(found, "openai")[1:] == ("not local", reason)
    reason = "not in the chain; to ask it, use --provider ollama"
    assert of(found, "ollama")[1:] == ("not asked", reason)


def test_a_broken_provider_is_told_wherever_it_stands(why, settings, acme) -> None:
    """In the chain or not, the reason is what is wrong, and the others go on."""
    broken = {"base_url": "not an address"}
    settings(
        providers={"bad": broken, "worse": broken, "acme": acme}, fallback_chain=["bad", "acme"]
    )

    found = why()

    assert found["would_answer"] == "acme"
    for name in ("bad", "worse"):
        assert states(found)[name] == "broken"
        assert "base URL must look like" in of(found, name)[2]


def test_a_broken_provider_outside_the_chain_is_told(why, settings) -> None:
    """An entry without an address is an entry of the list, and harms nobody."""
    settings(providers={"lost": {"default_model": "m"}})

    found = why()

    assert of(found, "lost") == (None, "broken", "provider 'lost' needs a base_url")
    assert states(found)["ollama"] == "not healthy"


# Who is named.


def test_a_named_provider_is_never_replaced(why, router, monkeypatch) -> None:
    """The reason of all others is who named it."""
    found = why("--provider", "hf")

    assert found["would_answer"] is None
    assert next(iter(states(found).items())) == ("hf", "no credential")
    assert of(found, "ollama")[1:] == ("not asked", "--provider names hf, which no other replaces")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_BASE_URL", f"{router.url}/v1")
    monkeypatch.setenv("HF_ENDPOINT", router.url)
    assert of(why("--provider", "hf"), "hf")[1:] == ("would answer", "--provider names it")


def test_a_named_provider_is_not_healthy(why) -> None:
    """Then nobody would answer."""
    found = why("--provider", "ollama")

    assert found["would_answer"] is None
    assert states(found)["ollama"] == "not healthy"


@pytest.mark.parametrize(
    ("arguments", "name", "source"),
    [
        ([], "by-variable", "OLLAMA_CLI_PROVIDER"),
        (["--task", "coding"], "by-task", "OLLAMA_CLI_CODING_PROVIDER"),
        (["--task", "subagent"], "by-setting", "the setting 'tasks.subagent.provider'"),
        (["--task", "coding", "--provider", "acme"], "acme", "--provider"),
    ],
)
def test_the_first_place_that_names_one_counts(
    why, settings, acme, monkeypatch, arguments, name, source
) -> None:
    """The option is before the task, the task before the variable for all questions."""
    names = ("acme", "by-variable", "by-task", "by-setting")
    tasks = {"subagent": {"provider": "by-setting"}}
    settings(providers=dict.fromkeys(names, acme), provider="acme", tasks=tasks)
    monkeypatch.setenv("OLLAMA_CLI_PROVIDER", "by-variable")
    monkeypatch.setenv("OLLAMA_CLI_CODING_PROVIDER", "by-task")

    found = why(*arguments)

    assert found["would_answer"] == name
    assert of(found, name)[2] == f"{source} names it"


def test_the_model_is_the_one_that_would_be_asked(why, settings, acme) -> None:
    """The option, else the setting of the task, else the provider's own."""
    task = {"coding": {"provider": "acme", "model": "acme-code"}}
    settings(providers={"acme": acme}, tasks=task)

    assert of(why("--task", "coding"), "acme")[0] == "acme-code"
    assert of(why("--task", "coding", "-m", "other"), "acme")[0] == "other"
    assert of(why("--provider", "acme"), "acme")[0] == "acme-large"


@pytest.mark.parametrize(
    ("values", "variables", "arguments", "ending"),
    [
        ({}, {}, ["--provider", "nosuch"], ""),
        ({"provider": "nosuch"}, {}, [], " It is named by the setting 'provider'."),
        ({}, {"OLLAMA_CLI_PROVIDER": "nosuch"}, [], " It is named by OLLAMA_CLI_PROVIDER."),
        ({"fallback_chain": ["nosuch"]}, {}, [], ""),
    ],
)
def test_an_unknown_name_is_2(
    invoke, settings, monkeypatch, values, variables, arguments, ending
) -> None:
    """It is the error of a question: one line that says who names it."""
    settings(**values)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    result = invoke("why", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: no provider is called 'nosuch'")
    assert result.stderr.rstrip("\n").endswith(ending)
    assert result.stderr.count("\n") == 1


def test_a_task_that_is_not_there_is_2(invoke) -> None:
    """The error lists those that are."""
    result = invoke("why", "--task", "sleeping")

    assert result.exit_code == 2
    assert "'coding', 'agent', 'subagent'" in result.stderr


def test_broken_settings_are_2(invoke, settings) -> None:
    """Nothing is told that they may change."""
    file = settings(local_only="yes")

    result = invoke("why")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"Error: {file}: local_only must be true or false, not str\n"


# The last question.

ATTEMPTS = (
    Attempt("ollama", "", "failed", ProviderUnavailableError(f"refused {TOKEN}", status=503), 0.01),
    Attempt("hf", "org/\x1b[31mm", "answered", None, 1.0),
)


def test_the_last_route_is_told(why, invoke) -> None:
    """Who answered, and what became of the others; with no text of a service."""
    assert why()["last"] is None
    assert invoke("why").stdout.endswith("\nNo question was routed yet.\n")
    assert remember("coding", ATTEMPTS, Route("hf", "org/\x1b[31mm", ATTEMPTS)) is None

    last = why()["last"]

    assert (last["task"], last["provider"], last["model"]) == ("coding", "hf", "org/m")
    assert [each["outcome"] for each in last["attempts"]] == ["failed", "answered"]
    *_, told, first, second = invoke("why").stdout.splitlines()
    assert told.startswith("The last question, for the task coding at 20")
    assert told.endswith(": hf answered with org/m.")
    assert (first, second) == (
        "  ollama: failed (ProviderUnavailableError, status 503)",
        "  hf: answered",
    )


def test_nobody_answered_the_last_question(why, invoke) -> None:
    """That is told too."""
    remember("agent", ATTEMPTS[:1], None)

    assert why()["last"]["provider"] is None
    assert ": no provider answered.\n" in invoke("why").stdout


def test_a_question_is_the_last_one(shell, router, tmp_path) -> None:
    """A command tells what another has asked; it asks nothing itself."""
    folders = {"OLLAMA_CLI_DATA_DIR": str(tmp_path / "data")}
    assert shell.run("--provider", "hf", "Why?", **folders).returncode == 0
    asked = [each for each in router.exchanges if each.command == "POST"]

    result = shell.run("why", **folders)

    assert (result.returncode, result.stderr) == (0, "")
    assert ": hf answered with zai-org/GLM-4.7-Flash:novita.\n  hf: answered\n" in result.stdout
    assert [each for each in router.exchanges if each.command == "POST"] == asked


# The text, and the words.


def test_the_text_is_a_table(invoke, settings, acme) -> None:
    """Its columns are aligned under their titles."""
    settings(providers={"acme": acme}, provider="acme")

    result = invoke("why")
    head, _, title, first, *_ = result.stdout.splitlines()

    assert (result.exit_code, result.stderr) == (0, "")
    assert head == "acme would answer a question for the task agent."
    assert title.split() == ["PROVIDER", "MODEL", "STATE", "REASON"]
    assert first[title.index("MODEL") :].startswith("acme-large ")
    assert first[title.index("STATE") :].startswith("would answer ")
    assert first[title.index("REASON") :] == "the setting 'provider' names it"


def test_two_words_are_no_prompt(invoke) -> None:
    """``why not`` is refused, and the error says how to ask it."""
    result = invoke("why", "not")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Error: 'why' takes no further words. To ask a model just that, write: "
        "ollama-cli run why not\n"
    )
