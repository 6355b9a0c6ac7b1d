"""Budgets in the chat: what was spent counts once, however many messages there are."""

import asyncio

import pytest
from ollama_cli.chat.entries import Entry
from provider_sdk import ChatResponse, Usage
from provider_sdk.testing import FakeProvider

PRICES = {"fake-model": {"input": 0, "output": 1}}
"""US dollars per million tokens."""


class Service(FakeProvider):
    """Gives answers of one dollar to several commands."""

    def __init__(self) -> None:
        super().__init__(ChatResponse(text="Blue.", usage=Usage(1, 1_000_000)), repeat=True)

    async def aclose(self) -> None:
        """Stay open for the next command."""


@pytest.mark.parametrize("limit", ["day_usd", "session_usd"])
@pytest.mark.parametrize("more", [{}, {"no_session": True}])
def test_each_message_counts_once(talk, settings, fake, limit, more) -> None:
    """As many messages are answered as the budget has room for."""
    service = fake(Service())
    settings(prices=PRICES, budgets={limit: 4})

    view = talk(*["Why?"] * 6, **more)

    assert len(service.calls) == 4
    assert "Error: " in view.last


@pytest.mark.parametrize("limit", ["day_usd", "session_usd"])
@pytest.mark.parametrize("more", [{}, {"no_session": True}])
def test_budget_that_changes_forgets_nothing(talk, settings, fake, limit, more) -> None:
    """What was spent before the change counts after it."""
    service = fake(Service())
    settings(prices=PRICES, budgets={limit: 9})

    def lower(_) -> None:
        settings(prices=PRICES, budgets={limit: 4})

    talk("One", "Two", lower, *["Why?"] * 5, **more)

    assert len(service.calls) == 4


def test_what_others_spend_meanwhile_counts(talk, invoke, settings, fake) -> None:
    """A question of another terminal leaves less of the day's budget."""
    service = fake(Service())
    settings(prices=PRICES, budgets={"day_usd": 4})

    async def aside(_) -> None:
        await asyncio.to_thread(invoke, "--provider", "fake", "Aside")

    talk("One", aside, "Two", "Three", "Four")

    assert len(service.calls) == 4


def test_another_session_has_a_budget_of_its_own(talk, settings, fake) -> None:
    """What an earlier session has spent does not count for it."""
    service = fake(Service())
    settings(prices=PRICES, budgets={"session_usd": 2})

    talk("One", "Two", "Three")
    talk("One", "Two", "Three")

    assert len(service.calls) == 4


def test_continued_session_has_spent_what_it_has(talk, settings, fake) -> None:
    """Its budget is not new when it is continued."""
    service = fake(Service())
    settings(prices=PRICES, budgets={"session_usd": 3})

    talk("One", "Two")
    talk("Three", "Four", newest=True)

    assert len(service.calls) == 3


def test_new_session_has_spent_nothing(talk, settings, fake) -> None:
    """After ``/clear`` the budget of a session begins anew, and after ``/load`` it goes on."""
    service = fake(Service())
    settings(prices=PRICES, budgets={"session_usd": 2})
    first = []

    talk("1", lambda chat: first.append(chat.session.id), "2", "3", "/clear", "4", "5", "6")
    assert [call.messages[-1].text for call in service.calls] == ["1", "2", "4", "5"]

    view = talk(f"/load {first[0]}", "7")
    assert "is used up" in view.last


def test_session_of_this_chat_is_loaded_again(talk, settings, fake) -> None:
    """What a session spent before it was left counts when it goes on in the same chat."""
    service = fake(Service())
    settings(prices=PRICES, budgets={"session_usd": 3})
    first = []

    async def back(chat) -> None:
        await chat.take(Entry.of(f"/load {first[0]}"))

    talk("1", "2", lambda chat: first.append(chat.session.id), "/clear", "3", back, "4", "5")

    assert [call.messages[-1].text for call in service.calls] == ["1", "2", "3", "4"]
