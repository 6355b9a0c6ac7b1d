"""Budgets of the sessions of one chat."""

import pytest
from ollama_cli.chat.entries import Entry
from provider_sdk import ChatResponse, Usage
from provider_sdk.testing import FakeProvider

PRICES = {"fake-model": {"input": 1, "output": 1, "per": "1M"}}


class Costly(FakeProvider):
    """Each answer costs a dollar; serves several chats."""

    def __init__(self) -> None:
        usage = Usage(500_000, 500_000, source="reported")
        super().__init__(ChatResponse(text="a", usage=usage), repeat=True)

    async def aclose(self) -> None:
        """Stay open for the next chat."""


@pytest.fixture
def costly(fake, settings):
    """A service whose answers cost a dollar each, with these budgets."""

    def make(**budgets: float) -> Costly:
        settings(budgets=budgets, prices=PRICES)
        return fake(Costly())

    return make


def test_new_session_has_spent_nothing(talk, costly) -> None:
    """After ``/clear`` the budget of a session begins anew, and after ``/load`` it goes on."""
    service = costly(session_usd=2)
    first = []

    talk("1", lambda chat: first.append(chat.session.id), "2", "3", "/clear", "4", "5", "6")
    assert [call.messages[-1].text for call in service.calls] == ["1", "2", "4", "5"]

    view = talk(f"/load {first[0]}", "7")
    assert "is used up" in view.last


def test_session_of_this_chat_is_loaded_again(talk, costly) -> None:
    """What a session spent before it was left counts when it goes on in the same chat."""
    service = costly(session_usd=3)
    first = []

    async def back(chat) -> None:
        await chat.take(Entry.of(f"/load {first[0]}"))

    talk("1", "2", lambda chat: first.append(chat.session.id), "/clear", "3", back, "4", "5")

    assert [call.messages[-1].text for call in service.calls] == ["1", "2", "3", "4"]


def test_cost_shows_what_the_budgets_leave(talk, costly) -> None:
    """It is what the next call is checked against."""
    costly(session_usd=10, day_usd=20)

    view = talk("1", "2", "/cost", "/cost")

    assert view.last == view.shown[3]
    assert "$2 of $10" in view.last
