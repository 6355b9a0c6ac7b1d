"""A conversation goes on through every provider, and from each to the next."""

from __future__ import annotations

import copy

import pytest

from ._conversation import Conversation, Station, received, said, stations

NAMES = ["ollama", "claude", "gemini", "codex", "hf", "openai"]
FORMS = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def require_received(station: Station, conversation: Conversation, count: int) -> None:
    """Fail unless the last request of a station holds these messages, and its own turns' state."""
    seen = station.last_messages()
    assert received(seen) == said(conversation.messages[:count])
    own = {place: state for place, state in station.states.items() if place < count}
    if station.service.wire.traits.state:
        assert {n: turn.state for n, turn in enumerate(seen) if turn.state is not None} == own
    for place in own:
        assert f"Thought {place} of {station.name}." in station.last_body


@FORMS
async def test_six_providers_in_turn(stream: bool):
    """Each provider sees all that was said, in its own form, and no other's state or reasoning.

    It answers calls of others, sees the results of its own later, and gets its own state back.
    """
    conversation = Conversation(stream=stream)
    with stations(NAMES) as all_of_them:
        # In the second round, those call tools that read results in the first.
        for number, station in enumerate([*all_of_them, *all_of_them[1:], all_of_them[0]]):
            before = copy.deepcopy(conversation.messages)
            await conversation.visit(station, calls=0 if number % 2 else 2)

            place = max(station.states)
            assert conversation.messages[: len(before)] == before
            assert set(conversation.messages[place].provider_data) == {station.name}
            require_received(station, conversation, place)
            others = [other.name for other in all_of_them if other is not station]
            assert not [name for name in others if f"of {name}." in station.last_body]
        for station in all_of_them:
            assert len(station.states) == 2
            await station.provider.aclose()


@FORMS
@pytest.mark.parametrize("name", NAMES)
async def test_five_turns(name: str, stream: bool):
    """Five turns with tools and reasoning come back to the service to the letter."""
    conversation = Conversation(stream=stream)
    with stations([name]) as (station,):
        for calls in (2, 1, 0, 3, 0):
            await conversation.visit(station, calls=calls)
            require_received(station, conversation, max(station.states))
        await station.provider.aclose()
