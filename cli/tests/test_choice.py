"""Who is to answer, of all the places that can name a provider."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.choosing.aliases import Later, Meaning, meaning_of
from ollama_cli.choosing.choice import DEFAULT_TASK, TASKS, Choice, choose

TASK = "OLLAMA_CLI_CODING_PROVIDER"
ALL = "OLLAMA_CLI_PROVIDER"


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch) -> None:
    for name in (ALL, *(f"OLLAMA_CLI_{task.upper()}_PROVIDER" for task in TASKS)):
        monkeypatch.delenv(name, raising=False)


ORDER = ["--provider", TASK, "tasks", ALL, "provider"]


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_places_count_in_order(first, monkeypatch) -> None:
    """The option, the task's variable and setting, then the variable and setting of all."""
    named = set(ORDER[first:])
    for variable in {TASK, ALL} & named:
        monkeypatch.setenv(variable, variable.lower())
    settings = {
        **({"tasks": {"coding": {"provider": "tasks"}}} if "tasks" in named else {}),
        **({"provider": "provider"} if "provider" in named else {}),
    }
    option = "--provider" if "--provider" in named else None

    assert choose(settings, option, "coding").provider == ORDER[first].lower()


def test_without_a_task_the_place_of_all_counts_before_the_agent(monkeypatch) -> None:
    """The task agent is only what the router is asked for if nobody was named for all."""
    settings = {"tasks": {"agent": {"provider": "of-agent"}}, "provider": "of-all"}
    monkeypatch.setenv("OLLAMA_CLI_AGENT_PROVIDER", "of-variable")

    assert choose(settings, None, None) == Choice("agent", "of-all", "the setting 'provider'")
    assert choose(settings, None, "agent").provider == "of-variable"


def test_without_a_name_the_agent_is_asked(monkeypatch) -> None:
    """Then the variables and settings of the task agent count."""
    settings = {"tasks": {"agent": {"provider": "of-agent"}}}
    assert choose(settings, None, None).source == "the setting 'tasks.agent.provider'"

    monkeypatch.setenv("OLLAMA_CLI_AGENT_PROVIDER", "of-variable")
    assert choose(settings, None, None).source == "OLLAMA_CLI_AGENT_PROVIDER"


def test_nobody_is_named() -> None:
    """Without any name the chain is asked for the task."""
    assert choose({}, None, None) == Choice(DEFAULT_TASK, None, "")
    assert choose({}, None, "subagent") == Choice("subagent", None, "")


def test_another_task_names_nobody(monkeypatch) -> None:
    """What is set for one task does not count for another."""
    monkeypatch.setenv(TASK, "of-coding")
    settings = {"tasks": {"coding": {"provider": "of-coding"}}}

    assert choose(settings, None, "subagent").provider is None


_CHOICES = st.none() | st.fixed_dictionaries(
    {}, optional={"provider": st.none() | st.just("p"), "model": st.none() | st.just("m")}
)


@given(
    settings=st.fixed_dictionaries(
        {},
        optional={
            "tasks": st.none() | st.dictionaries(st.sampled_from(TASKS), _CHOICES),
            "provider": st.none() | st.just("p"),
        },
    ),
    task=st.none() | st.sampled_from(TASKS),
)
def test_null_counts_as_absent(settings, task) -> None:
    """Whatever of the settings is null, there is a choice."""
    found = choose(settings, None, task)

    assert (found.provider is None) == (found.source == "")


def test_an_id_beside_its_provider_asks_for_no_other() -> None:
    """Which providers are installed is not looked up, as that takes milliseconds."""

    class Unasked:
        def __contains__(self, name: object) -> bool:
            raise AssertionError

        has_slashes = __contains__

    found = meaning_of("org/model", "-m", {}, Unasked(), beside="hf", later=Later())

    assert found == Meaning(None, "org/model")
