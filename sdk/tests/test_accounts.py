"""A router counts its calls and keeps to its budgets, beside whatever observer it has."""

import pytest
from provider_sdk import (
    BudgetExceededError,
    ChatResponse,
    Observer,
    ProviderUnavailableError,
    Usage,
    UsageCounter,
)
from provider_sdk._accounting.accounts import Accounts
from provider_sdk.testing import FakeProvider

from ._service import USER

PRICES = {"fake-model": {"input": 1, "output": 1}}
BLUE = ChatResponse(text="Blue.", usage=Usage(10**6, 0))


class Log(Observer):
    """Writes down which of its methods are called."""

    def __init__(self):
        self.told = []
        for name in vars(Observer):
            if not name.startswith("_"):
                setattr(self, name, lambda *_, name=name: self.told.append(name))


async def asked(accounts, *replies, stream=False):
    """Ask a provider that reports to the accounts."""
    provider = FakeProvider(*replies)
    provider.observer = accounts.observer
    answer = await provider.chat(USER, stream=stream)
    if stream:
        await answer.collect()


async def test_calls_are_counted_without_an_observer():
    """A router needs no observer to count."""
    accounts = Accounts(PRICES, None, None)

    await asked(accounts, BLUE)

    assert accounts.usage.spent() == 1


async def test_another_observer_is_told_everything():
    """The router's observer is told of all that the counter is told of."""
    accounts = Accounts(None, None, log := Log())

    await asked(accounts, BLUE, stream=True)
    with pytest.raises(ProviderUnavailableError):
        await asked(accounts, ProviderUnavailableError("down"))
    accounts.observer.fallback(None, None, "other", "a note")
    accounts.observer.cool_down("fake", 30, None)

    started = "attempt_started"
    assert log.told == [
        *(started, "first_event", "finished"),
        *(started, "failed", "fallback", "cool_down"),
    ]
    assert sum(row.calls for row in accounts.usage.rows()) == 2


async def test_a_counter_as_the_observer():
    """A counter that is passed as the observer is the counter, and counts once."""
    counter = UsageCounter()
    accounts = Accounts(None, None, counter)

    await asked(accounts, BLUE)

    assert accounts.usage is counter
    assert [row.calls for row in counter.rows()] == [1]


async def test_a_counter_as_the_observer_learns_the_prices():
    """The setting counts for the models that the counter has no price for."""
    counter = UsageCounter({"mine": {"input": 7, "output": 7}})
    setting = {**PRICES, "mine": {"input": 9, "output": 9}}

    await asked(Accounts(setting, None, counter), BLUE)

    assert counter.spent() == 1
    assert counter.prices.price(provider="fake", model="mine").input == 7


async def test_a_budget():
    """What was counted is what the budgets compare."""
    accounts = Accounts(PRICES, {"day_usd": 1}, None)

    accounts.check("fake", "fake-model")
    await asked(accounts, BLUE)

    with pytest.raises(BudgetExceededError, match="for the day is used up"):
        accounts.check("fake", "fake-model")


@pytest.mark.parametrize("settings", [({"m": 1}, None), (None, {"day": 1})])
def test_settings_that_are_not_valid(settings):
    """Settings of a wrong form are refused when the router is built."""
    with pytest.raises(ValueError, match=r"must be a mapping|unknown key"):
        Accounts(*settings, None)
