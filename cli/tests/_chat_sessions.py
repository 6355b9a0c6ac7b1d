"""Sessions in tests of the chat: what is sent, what is stored, and what other processes do."""

from dataclasses import replace
from datetime import timedelta

from ollama_cli.conversation.changing import delete
from ollama_cli.conversation.store import Store
from provider_sdk import (
    Message,
)
from provider_sdk.testing import FakeProvider


class Service(FakeProvider):
    """Serves several chats, each of which closes its provider."""

    async def aclose(self) -> None:
        """Stay open for the next chat."""


def sent(service: FakeProvider, number: int = -1) -> list[tuple[str, str]]:
    """Return role and text of each message of a call."""
    return [(message.role, message.text) for message in service.calls[number].messages]


def stored() -> list[list[str]]:
    """Return the texts of each session, the newest session first."""
    with Store.open(create=False) as store:
        return [
            [message.text for turn in store.turns(each.id) for message in turn.messages]
            for each in store.sessions()
        ]


def titles() -> list[str]:
    """Return the titles of the sessions, the newest first."""
    with Store.open(create=False) as store:
        return [session.title for session in store.sessions()]


def ids() -> list[str]:
    """Return the ids of the sessions, the newest first."""
    with Store.open(create=False) as store:
        return [session.id for session in store.sessions()]


def append_elsewhere(_: object) -> None:
    """Add a turn to the newest session, as another process does."""
    with Store.open(create=False) as store:
        session = store.sessions()[0]
        last = store.turns(session.id)[-1]
        store.append(session.id, elsewhere(last))


def elsewhere(turn):
    """Return a turn of another process."""
    messages = [Message("user", "elsewhere"), Message("assistant", "there")]
    return replace(turn, messages=messages, at=turn.at + timedelta(seconds=1))


def delete_all(_: object) -> None:
    """Delete all sessions, as another process does."""
    with Store.open(create=False) as store:
        delete(store, [session.id for session in store.sessions()])
