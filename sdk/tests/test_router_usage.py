"""A router counts what its calls use, and keeps to the budgets of its settings."""

import pytest
from provider_sdk import (
    BudgetExceededError,
    ChatResponse,
    ProviderRouter,
    Usage,
    UsageCounter,
    register_provider,
)
from provider_sdk._routing import registry
from provider_sdk.testing import FakeProvider

from ._service import USER

PRICES = {"fake-model": {"input": 1, "output": 1}}
BLUE = ChatResponse(text="Blue.", usage=Usage(10**6, 0))


@pytest.fixture
def fake(monkeypatch):
    """A provider that the router finds as ``paid``."""
    monkeypatch.setattr(registry, "_registered", {}, raising=False)
    provider = FakeProvider(BLUE, repeat=True)
    register_provider("paid", lambda **_: provider)
    return provider


def router(**settings):
    """A router whose chain has one provider."""
    return ProviderRouter({"fallback_chain": ["paid"], "prices": PRICES, **settings})


@pytest.mark.parametrize("named", [None, "paid"])
@pytest.mark.parametrize("stream", [False, True])
async def test_calls_are_counted(fake, named, stream):
    """A routed call is in ``usage`` with its price, once, also if the provider reports it too."""
    async with router() as routed:
        fake.observer = routed.usage
        answer = await routed.route("agent", USER, provider=named, stream=stream)
        if stream:
            await answer.collect()

    (row,) = routed.usage.rows()
    assert (row.calls, row.prompt_tokens, row.cost_usd) == (1, 10**6, 1)


async def test_a_counter_as_the_observer(fake):
    """It is the router's counter."""
    counter = UsageCounter(PRICES)
    async with ProviderRouter({"fallback_chain": ["paid"]}, observer=counter) as routed:
        await routed.route("agent", USER)

    assert routed.usage is counter
    assert counter.spent() == 1


@pytest.mark.parametrize("named", [None, "paid"])
async def test_a_budget(fake, named):
    """Beyond a budget nothing is sent, and nobody else is asked."""
    async with router(budgets={"day_usd": 1}) as routed:
        await routed.route("agent", USER, provider=named)
        with pytest.raises(BudgetExceededError, match="the budget of 1 USD for the day is used up"):
            await routed.route("agent", USER, provider=named)

    assert len(fake.calls) == 1


@pytest.mark.parametrize("settings", [{"budgets": {"day": 1}}, {"prices": {"m": {"input": 1}}}])
def test_settings_that_are_not_valid(settings):
    """They are refused when the router is built."""
    with pytest.raises(ValueError, match=r"unknown key 'day'|output is missing"):
        ProviderRouter(settings)
