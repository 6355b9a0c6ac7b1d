"""What the name of a model stands for: an alias, a provider and its model, or a model's id."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.choosing.choice import TASKS, Place, choose, with_models_resolved
from ollama_cli.choosing.routing import make_router
from ollama_cli.settings.files import Settings

OWN = {"hub": {"base_url": "http://127.0.0.1:1/v1", "default_model": "org/model"}}
"""A provider whose models are called as those of a hub."""


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch) -> None:
    names = [
        f"OLLAMA_CLI_{task.upper()}_{what}" for task in TASKS for what in ("PROVIDER", "MODEL")
    ]
    for name in ("OLLAMA_CLI_PROVIDER", *names):
        monkeypatch.delenv(name, raising=False)


def asked(settings, model, provider=None, task=None, prompt=None):
    """Return the provider and model that a command line leads to."""
    found = choose(settings, provider, task, model, prompt)
    return found.provider, found.model


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("claude/claude-opus-5", ("claude", "claude-opus-5")),
        ("hf/zai-org/GLM-4.7:novita", ("hf", "zai-org/GLM-4.7:novita")),
        ("ollama/qwen3:8b", ("ollama", "qwen3:8b")),
        ("ollama/hf.co/org/name:Q4_K_M", ("ollama", "hf.co/org/name:Q4_K_M")),
        ("hf.co/org/name:Q4_K_M", (None, "hf.co/org/name:Q4_K_M")),
        ("openai/gpt-oss-120b", ("openai", "gpt-oss-120b")),
        ("hub/org/model", ("hub", "org/model")),
        ("zai-org/GLM-4.7", (None, "zai-org/GLM-4.7")),
        ("/models/qwen.gguf", (None, "/models/qwen.gguf")),
        ("gpt-5.4", (None, "gpt-5.4")),
        ("claude", (None, "claude")),
        ("", (None, None)),
    ],
)
def test_if_nobody_is_named_a_provider_may_stand_before_the_model(model, found) -> None:
    """The name before the first slash is one if a provider is called so."""
    assert asked({"providers": OWN}, model) == found


@pytest.mark.parametrize("model", ["openai/gpt-oss-120b", "hf/x", "claude/", "opena/x"])
def test_beside_a_provider_the_model_is_a_whole_id(model) -> None:
    """Whoever writes --provider leaves nothing to be found out."""
    assert asked({}, model, "hf") == ("hf", model)


@pytest.mark.parametrize("place", ["variable", "setting", "task"])
@pytest.mark.parametrize(
    ("named", "model", "found"),
    [
        ("hf", "openai/gpt-oss-120b", ("hf", "openai/gpt-oss-120b")),
        ("hub", "openai/gpt-oss-120b", ("hub", "openai/gpt-oss-120b")),
        ("hf", "hf/zai-org/GLM-4.7", ("hf", "zai-org/GLM-4.7")),
        ("hub", "hub/auto", ("hub", "hub/auto")),
        ("ollama", "claude/claude-opus-5", ("claude", "claude-opus-5")),
        ("claude", "claude/claude-opus-5", ("claude", "claude-opus-5")),
        ("claude", "zai-org/GLM-4.7", ("claude", "zai-org/GLM-4.7")),
    ],
)
def test_a_provider_that_is_named_elsewhere_may_have_ids_with_a_slash(
    monkeypatch, place, named, model, found
) -> None:
    """Then the name is such an id, else its provider comes before the one named elsewhere."""
    settings = {"providers": OWN}
    if place == "variable":
        monkeypatch.setenv("OLLAMA_CLI_PROVIDER", named)
    elif place == "setting":
        settings["provider"] = named
    else:
        settings["tasks"] = {"coding": {"provider": named}}

    assert asked(settings, model, task="coding") == found


ALIASES = {
    "fast": "qwen3",
    "best": "claude/claude-opus-5",
    "oss": "openai/gpt-oss-120b",
    "hub/auto": "codex/gpt-6.1-sol",
    "mine": "hf/org/model",
}


@pytest.mark.parametrize(
    ("model", "provider", "found"),
    [
        ("fast", None, (None, "qwen3")),
        ("fast", "ollama", ("ollama", "qwen3")),
        ("best", None, ("claude", "claude-opus-5")),
        ("best", "claude", ("claude", "claude-opus-5")),
        ("oss", None, ("openai", "gpt-oss-120b")),
        ("oss", "hf", ("hf", "openai/gpt-oss-120b")),
        ("mine", "hf", ("hf", "org/model")),
        ("hub/auto", None, ("codex", "gpt-6.1-sol")),
        ("Fast", None, (None, "Fast")),
        ("claude/fast", None, ("claude", "fast")),
    ],
)
def test_an_alias_is_replaced_first(model, provider, found) -> None:
    """It is a whole name, also beside a provider, and may itself have a slash."""
    assert asked({"aliases": ALIASES, "providers": OWN}, model, provider) == found


def test_an_alias_of_another_provider_is_refused_beside_one() -> None:
    """Neither is silently preferred."""
    with pytest.raises(click.UsageError) as raised:
        asked({"aliases": ALIASES}, "best", "ollama")

    assert raised.value.message == (
        "the alias 'best' stands for 'claude/claude-opus-5', a model of claude, but ollama is "
        "named beside it; leave one of them out"
    )


def test_an_alias_counts_as_naming_its_provider() -> None:
    """No other replaces it, and errors can say what named it."""
    found = choose({"aliases": ALIASES, "provider": "gemini"}, None, None, "best")

    assert (found.provider, found.source) == ("claude", "the alias 'best'")


def test_the_model_of_a_setting_may_name_its_provider(monkeypatch) -> None:
    """So may that of a task and of a task's variable; each comes before the places after it."""
    settings = {
        "model": "best",
        "tasks": {"coding": {"model": "gemini/gemini-3.6-flash"}},
        "aliases": ALIASES,
    }

    assert asked(settings, None) == ("claude", "claude-opus-5")
    assert asked(settings, None, task="coding") == ("gemini", "gemini-3.6-flash")
    monkeypatch.setenv("OLLAMA_CLI_CODING_MODEL", "ollama/qwen3")
    found = choose(settings, None, "coding")
    assert found[:4] == ("coding", "ollama", "OLLAMA_CLI_CODING_MODEL", "qwen3")


def test_a_setting_that_names_both_has_a_whole_id() -> None:
    """The provider stands beside it."""
    settings = {"provider": "hf", "model": "openai/gpt-oss-120b"}

    assert asked(settings, None) == ("hf", "openai/gpt-oss-120b")


def test_a_model_counts_for_its_own_provider_only() -> None:
    """A model of the settings is not asked of a provider that the command line names."""
    settings = {"provider": "claude", "model": "claude-opus-5"}

    assert asked(settings, None, "ollama") == ("ollama", None)
    assert asked(settings, None, "claude") == ("claude", "claude-opus-5")
    assert asked(settings, "qwen3", "ollama") == ("ollama", "qwen3")
    assert asked(settings, "other") == ("claude", "other")


def test_a_model_of_the_command_line_counts_whoever_a_task_names() -> None:
    """Without --task, who is named for all questions gets it, not the provider of a task."""
    settings = {"provider": "other", "tasks": {"agent": {"provider": "fake"}}}
    choice = choose(settings, None, None, "one")

    assert (choice.provider, choice.model) == ("other", "one")


def test_how_an_ambiguous_name_was_taken_is_told() -> None:
    """And how to write the other meaning; what is not ambiguous has no note."""
    whole = choose({"provider": "hf"}, None, None, "openai/gpt-oss-120b")
    split = choose({"provider": "ollama"}, None, None, "openai/gpt-5.4")

    assert whole.note == (
        "'openai/gpt-oss-120b' is taken for a model of hf, which the setting 'provider' names; for "
        "the provider openai, write --provider openai -m gpt-oss-120b"
    )
    assert split.note == (
        "'openai/gpt-5.4' is taken for a model of openai; for one of ollama, which the setting "
        "'provider' names, write --provider ollama -m openai/gpt-5.4"
    )
    for settings, provider, model in (
        ({}, None, "openai/gpt-5.4"),
        ({"provider": "hf"}, "hf", "openai/gpt-oss-120b"),
        ({"provider": "hf"}, None, "zai-org/GLM-4.7"),
        ({"provider": "claude"}, None, "claude/claude-opus-5"),
    ):
        assert choose(settings, provider, None, model).note == ""


def test_a_saved_prompt_comes_after_the_command_line() -> None:
    """And before the task, the variable and the settings."""
    prompt = Place("claude", "the saved prompt 'p'", "claude-opus-5", "the saved prompt 'p'")
    settings = {"provider": "hf", "tasks": {"coding": {"provider": "gemini"}}}

    assert asked(settings, None, None, "coding", prompt) == ("claude", "claude-opus-5")
    assert asked(settings, None, "ollama", None, prompt) == ("ollama", None)
    assert asked(settings, "ollama/qwen3", None, None, prompt) == ("ollama", "qwen3")
    assert asked(settings, "other", None, None, prompt) == ("claude", "other")


def test_a_provider_without_a_model_is_an_error() -> None:
    """It says what wrote that, and how it is written."""
    with pytest.raises(click.UsageError) as raised:
        asked({}, "claude/")

    assert raised.value.message == (
        "-m names the provider claude and no model: 'claude/'; write claude/MODEL"
    )


@pytest.mark.parametrize(
    ("model", "near"), [("cluade/opus", "claude"), ("Claude/opus", "claude"), ("hff/x", "hf")]
)
def test_a_misspelt_provider_is_an_error(model, near) -> None:
    """Nobody else is asked for a model of that name."""
    with pytest.raises(click.UsageError, match=f"did you mean '{near}'"):
        asked({}, model)
    assert asked({}, model, "hf") == ("hf", model)


@pytest.mark.parametrize(
    "model", ["meta-llama/Llama-3", "google/gemma-3", "openai-community/gpt2", "Qwen/Qwen3"]
)
def test_an_organisation_of_a_hub_is_no_misspelt_provider(model) -> None:
    """Those names are not near enough."""
    assert asked({}, model) == (None, model)


def test_a_provider_that_cannot_be_imported_does_not_matter(monkeypatch) -> None:
    """Whoever asks it is told, and not whoever names a model."""
    from provider_sdk import PROVIDER_CONFIG

    monkeypatch.setitem(PROVIDER_CONFIG, "broken", {"base_url": 5})

    found = choose({"provider": "broken"}, None, None, "claude/x")
    assert (found.provider, found.model) == ("claude", "x")


def test_a_router_gets_models_without_aliases() -> None:
    """What it finds in settings by itself is what the choice would have found."""
    settings = {
        "provider": "ollama",
        "model": "fast",
        "aliases": ALIASES,
        "local_only": True,
        "tasks": {
            "coding": {"model": "best"},
            "agent": {"provider": "hf", "model": "openai/gpt-oss-120b"},
            "subagent": None,
        },
    }

    assert with_models_resolved(settings) == {
        "provider": "ollama",
        "model": "qwen3",
        "aliases": ALIASES,
        "local_only": True,
        "tasks": {
            "coding": {"provider": "claude", "model": "claude-opus-5"},
            "agent": {"provider": "hf", "model": "openai/gpt-oss-120b"},
            "subagent": None,
        },
    }
    assert with_models_resolved({}) == {}


def test_a_task_that_names_another_provider_leaves_the_others_alone() -> None:
    """A plain question goes to the provider that is set, and to its own default model."""
    settings = {"provider": "fake", "tasks": {"agent": {"model": "other/m"}}}
    choice = choose(settings, None, None)
    router = make_router(Settings(settings))

    assert (choice.provider, choice.model) == ("fake", None)
    assert [each.model for each in router.explain("agent", provider="fake")] == ["fake-model"]
    assert asked(settings, None, task="agent") == ("other", "m")


_NAMES = st.none() | st.sampled_from(["fake", "other"])
_MODELS = st.none() | st.sampled_from(["one", "two"])
_CHOSEN = st.fixed_dictionaries({"provider": _NAMES, "model": _MODELS})


@given(
    of_all=_CHOSEN,
    tasks=st.dictionaries(st.sampled_from(TASKS), st.none() | _CHOSEN),
    option=_CHOSEN,
    task=st.none() | st.sampled_from(TASKS),
)
def test_without_aliases_the_choice_is_the_routers(of_all, tasks, option, task) -> None:
    """With the provider of the choice, the router would ask the same model."""
    settings = {**of_all, "tasks": tasks, "fallback_chain": ["fake", "other"]}
    choice = choose(settings, option["provider"], task, option["model"])
    router = make_router(Settings(settings))

    first = router.explain(choice.task, provider=choice.provider, model=option["model"])[0]
    same = router.explain(choice.task, provider=choice.provider, model=choice.model)[0]

    assert (first.provider, first.model) == (same.provider, same.model)


_TEXT = st.sampled_from(["", "hf", "/", "hf/", "/hf", "a/b", "hf/a/b", "x", "\x1b", "hub/a", "//"])


@given(
    model=st.none() | _TEXT,
    provider=st.none() | st.sampled_from(["hf", "hub", "nobody"]),
    setting=st.none() | st.just("hub"),
    aliases=st.dictionaries(_TEXT, _TEXT.filter(bool)),
)
def test_any_name_has_a_meaning_or_an_error(model, provider, setting, aliases) -> None:
    """And a provider of the command line is never replaced."""
    try:
        settings = {"providers": OWN, "provider": setting, "aliases": aliases}
        found = choose(settings, provider, None, model)
    except click.UsageError:
        return
    if provider:
        assert found.provider == provider
    elif setting and not model:
        assert found.provider == setting
