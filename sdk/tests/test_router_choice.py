"""Who is asked, and for which model: arguments, variables, settings, chain."""

import pytest
from provider_sdk import (
    AllProvidersFailedError,
    ProviderRateLimitError,
    ProviderRouter,
    ProviderUnavailableError,
    UnknownProviderError,
)

from ._routes import asked, chain, known, outcomes
from ._service import USER

pytestmark = pytest.mark.usefixtures("own_registrations")


@pytest.fixture(autouse=True)
def providers(own_registrations):
    """Five that answer with their names."""
    return {name: known(name) for name in ("one", "two", "three", "four", "five")}


PLACES = ("argument", "variable", "task", "setting", "chain")


@pytest.mark.parametrize("count", range(1, 6))
async def test_the_first_place_that_names_a_provider_counts(monkeypatch, count):
    """Argument, variable of the task, setting of the task, setting, chain."""
    names = dict(zip(PLACES, ("one", "two", "three", "four", "five"), strict=True))
    given = {place: names[place] for place in PLACES[-count:]}
    settings = {"fallback_chain": [given["chain"]]}
    if "setting" in given:
        settings["provider"] = given["setting"]
    if "task" in given:
        settings["tasks"] = {"coding": {"provider": given["task"]}}
    if "variable" in given:
        monkeypatch.setenv("OLLAMA_CLI_CODING_PROVIDER", given["variable"])
    async with ProviderRouter(settings) as router:
        answer = await router.route("coding", USER, provider=given.get("argument"))

    assert answer.text == answer.route.provider == names[PLACES[-count]]


async def test_variables_are_read_at_each_call(monkeypatch):
    """Those of the call's own task; a blank one counts as unset."""
    async with chain("one") as router:
        monkeypatch.setenv("OLLAMA_CLI_SUBAGENT_PROVIDER", "two")
        answers = [(await router.route(task, USER)).text for task in ("agent", "subagent")]
        monkeypatch.setenv("OLLAMA_CLI_SUBAGENT_PROVIDER", " ")
        answers.append((await router.route("subagent", USER)).text)

    assert answers == ["one", "two", "one"]


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        (None, None, ("three", "of-variable")),
        (None, "mine", ("three", "mine")),
        ("one", None, ("one", "one-default")),
        ("one", "mine", ("one", "mine")),
        ("three", None, ("three", "of-variable")),
        ("four", None, ("four", "of-setting")),
    ],
)
async def test_a_model_belongs_to_the_provider_it_was_named_for(
    monkeypatch, providers, provider, model, expected
):
    """Another provider, named at an earlier place, is not asked for it."""
    monkeypatch.setenv("OLLAMA_CLI_CODING_MODEL", "of-variable")
    settings = {
        "tasks": {"coding": {"provider": "three", "model": "of-task"}},
        "provider": "four",
        "model": "of-setting",
    }
    async with ProviderRouter(settings) as router:
        answer = await router.route("coding", USER, provider=provider, model=model)

    name, asked_model = expected
    assert answer.route.provider == name
    assert answer.route.model == asked_model
    assert providers[name].models == [asked_model]


async def test_a_model_for_the_chain():
    """It is for the first that can be asked; a fallback uses its own default."""
    one = known("a", ProviderUnavailableError("down"))
    two = known("b")
    async with chain("a", "b") as router:
        await asked(router, model="mine")

    assert (one.models, two.models) == (["mine"], ["b-default"])


async def test_a_model_for_the_chain_passes_over_who_cannot_be_asked():
    """Without a credential nobody is the first."""
    one, two = known("a"), known("b")
    one.has_credential = False
    async with chain("a", "b") as router:
        await asked(router, model="mine")

    assert two.models == ["mine"]


async def test_a_model_for_the_chain_waits_for_its_provider():
    """While the first cools down, the others are not asked for a model that is not theirs."""
    known("a", ProviderUnavailableError("down"))
    two = known("b")
    async with chain("a", "b") as router:
        for _ in range(2):
            await asked(router, model="mine")

    assert two.models == ["b-default"] * 2


async def test_a_named_provider_is_never_replaced():
    """Its own error is raised, whatever the chain could do."""
    one = known("a", ProviderRateLimitError("slow down"))
    async with chain("one") as router:
        for _ in range(2):
            with pytest.raises(ProviderRateLimitError, match="slow down") as caught:
                await asked(router, provider="a")

    assert caught.value.provider == "a"
    assert len(one.calls) == 2


async def test_a_named_provider_is_not_bound_by_its_cool_down():
    """It is asked nevertheless."""
    one = known("a", ProviderRateLimitError("slow down", retry_after=60), "now")
    async with chain("a", "one") as router:
        await asked(router)
        answer = await asked(router, provider="a")

    assert answer.text == "now"
    assert outcomes(answer.route) == [("a", "answered")]
    assert len(one.calls) == 2


@pytest.mark.parametrize(
    ("settings", "variable", "argument", "source"),
    [
        ({}, None, "on", "the argument `provider`"),
        ({}, "on", None, "the environment variable OLLAMA_CLI_CODING_PROVIDER"),
        ({"tasks": {"coding": {"provider": "on"}}}, None, None, "the setting tasks.coding.provid"),
        ({"provider": "on"}, None, None, "the setting provider"),
        ({"fallback_chain": ["one", "on"]}, None, None, "the setting fallback_chain"),
    ],
)
async def test_an_unknown_provider(monkeypatch, providers, settings, variable, argument, source):
    """One error says who named it, the nearest and the known names; nobody is asked."""
    if variable:
        monkeypatch.setenv("OLLAMA_CLI_CODING_PROVIDER", variable)
    async with ProviderRouter(settings) as router:
        with pytest.raises(UnknownProviderError) as caught:
            await router.route("coding", USER, provider=argument)

    message = str(caught.value)
    assert message.startswith(f"no provider is called 'on' (from {source}")
    assert "; did you mean 'one'? Known are " in message
    assert "three" in message
    assert not any(each.calls for each in providers.values())


async def test_an_unknown_provider_that_settings_describe():
    """The error says what is missing."""
    async with ProviderRouter({"providers": {"mine": {"local": True}}}) as router:
        with pytest.raises(UnknownProviderError, match="its settings lack a base_url"):
            await asked(router, provider="mine")


@pytest.mark.parametrize("task", ["codding", "", None, 3, "AGENT", ["agent"]])
async def test_an_unknown_task(task):
    """The error lists the known ones."""
    async with chain("one") as router:
        with pytest.raises(ValueError, match="is unknown; known are coding, agent, subagent"):
            await router.route(task, USER)
        with pytest.raises(ValueError, match="is unknown"):
            router.as_provider(task)
        with pytest.raises(ValueError, match="is unknown"):
            router.explain(task)


async def test_embedding_is_reserved():
    """It refuses."""
    async with chain("one") as router:
        with pytest.raises(ValueError, match="the task 'embedding' is reserved"):
            await router.route("embedding", USER)


async def test_an_empty_chain():
    """The error says what to do."""
    async with chain() as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)

    assert str(caught.value) == (
        "there is no provider to ask: the fallback chain is empty. "
        "Install a provider of the chain, set fallback_chain, or name a provider."
    )
    assert caught.value.attempts == ()
