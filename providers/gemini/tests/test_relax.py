"""A rejected way of thinking is replaced by one that the model has."""

import pytest
from provider_sdk import ProviderRequestError, ProviderWarning

from ._api import USER, Api, answer, error, reply

NO_LEVELS = "Thinking level is not supported for this model."
NO_MINIMAL = (
    "Thinking level MINIMAL is not supported for this model. Please retry with another one."
)
NO_XHIGH = "Invalid value at 'generation_config.thinking_config.thinking_level': \"XHIGH\""
NO_BUDGET = "thinking_budget is not supported for this model; use thinking_level."


def rejected(said):
    """The reply that rejects a request."""
    return reply(error(400, "INVALID_ARGUMENT", said), 400)


async def configs(model, effort, *rejections, calls=1):
    """How each request tells the model to think, and the last answer."""
    api = Api(*map(rejected, rejections), answer("Blue."))
    async with api.provider() as provider:
        for _ in range(calls):
            response = await provider.chat(USER, model, reasoning_effort=effort)
    return [body["generationConfig"]["thinkingConfig"] for body in api.bodies], response


async def test_model_without_levels():
    """A model that knows no levels is told a budget, also by the next call."""
    sent, _ = await configs("acme-1", "low", NO_LEVELS, calls=2)

    budget = {"includeThoughts": True, "thinkingBudget": 1024}
    assert sent == [{"includeThoughts": True, "thinkingLevel": "LOW"}, budget, budget]


async def test_model_without_budgets():
    """A model that knows no budgets is told a level."""
    sent, _ = await configs("gemini-2.5-flash", "low", NO_BUDGET)

    assert sent[1] == {"includeThoughts": True, "thinkingLevel": "LOW"}


async def test_level_that_the_protocol_lacks():
    """A service that has never heard of a level is told the next one."""
    with pytest.warns(ProviderWarning, match="XHIGH became HIGH"):
        sent, _ = await configs("gemini-3.6-flash", "max", NO_XHIGH)

    assert sent[1]["thinkingLevel"] == "HIGH"


async def test_level_that_a_model_lacks():
    """A level that the model lacks becomes the next one, with a warning; each call knows it."""
    with pytest.warns(ProviderWarning, match="MINIMAL became LOW"):
        sent, response = await configs("gemini-3.7-flash", "minimal", NO_MINIMAL, calls=2)

    assert [config["thinkingLevel"] for config in sent] == ["MINIMAL", "LOW", "LOW"]
    assert response.text == "Blue."


@pytest.mark.parametrize(
    ("model", "effort", "said"),
    [
        ("gemini-3.6-flash", "high", "Thinking level HIGH is not supported for this model."),
        ("gemini-3.6-flash", "minimal", "Thinking level LOW is not supported for this model."),
        ("gemini-3.6-flash", "low", "Something else is wrong."),
        ("gemini-2.5-flash", "none", "Budget 0 is invalid: thinking_budget not supported."),
        ("gemini-2.5-flash", "low", NO_LEVELS),
    ],
)
async def test_rejections_that_stay(model, effort, said):
    """A rejection that nothing can be done about is raised."""
    api = Api(rejected(said))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError, match=said[:20]):
            await provider.chat(USER, model, reasoning_effort=effort)

    assert len(api.requests) == 1


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("said", [NO_LEVELS, NO_MINIMAL, "missing a thought_signature", NO_BUDGET])
async def test_second_rejection_is_raised(said):
    """A service that rejects every way is not asked without end."""
    api = Api(rejected(said))
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError):
            await provider.chat(USER, reasoning_effort="minimal")

    assert len(api.requests) <= 3
