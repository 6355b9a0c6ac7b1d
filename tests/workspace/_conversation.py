"""A conversation with scripted services, one per provider, each behind its own socket."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from provider_conformance import OpenAIWire, Service, find_harness
from provider_conformance.drivers import SocketDriver
from provider_conformance.wires import Answer, Call, SeenMessage
from provider_sdk import BaseProvider, Message

ROOT = Path(__file__).parents[2]
KEY = "sk-conversation"
MODEL = "conformance/model-1"
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
# Behind OPENAI_BASE_URL there may be a service that shows its reasoning.
_WIRES = {"openai": OpenAIWire()}


@dataclass
class Station:
    """A provider, the service in front of which it stands, and what was answered there.

    ``states`` holds what came with each answer, by the index of its message.
    """

    provider: BaseProvider
    service: Service
    states: dict[int, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.provider.name

    @property
    def last_body(self) -> str:
        """The last request, as text."""
        return self.service.requests()[-1].body.decode()

    def last_messages(self) -> Sequence[SeenMessage]:
        """Return the messages of the last request, in the contract's terms."""
        return self.service.chats()[-1].messages


@contextmanager
def stations(names: Sequence[str]) -> Iterator[list[Station]]:
    """Start a service for each of the providers, until the block is left."""
    with ExitStack() as stack:
        yield [_station(name, stack) for name in names]


def _station(name: str, stack: ExitStack) -> Station:
    harness, _ = find_harness(name, ROOT)
    harness = replace(harness, wire=_WIRES.get(name, harness.wire))
    service = Service(harness.wire, KEY, random.Random(name))
    address = stack.enter_context(SocketDriver(service)).address
    config = {"api_key": KEY, "max_retries": 0, "default_model": MODEL}
    return Station(harness.build(address, config), service)


class Conversation:
    """Messages that grow with each visit of a station, stored and loaded again each time."""

    def __init__(self, *, stream: bool) -> None:
        self.messages: list[Message] = []
        self._stream = stream

    async def visit(self, station: Station, *, calls: int = 0) -> None:
        """Have a station answer, with text, reasoning, state and so many calls.

        Their results follow; without any before, a question of the user precedes.
        """
        place = len(self.messages)
        if not place or self.messages[-1].role == "assistant":
            self.messages.append(Message("user", f"Question {place}:\n\t«warum»  🌈?"))
        place = len(self.messages)
        answer = _answer(station, place, calls)
        station.states[place] = answer.state
        station.service.reply_next(answer)
        response = await self._ask(station)
        self.messages.append(_stored(response.message))
        for call in response.tool_calls:
            result = f'{{ "of": "{call.id}" }}\n'
            self.messages.append(Message("tool", result, tool_call_id=call.id))

    async def _ask(self, station: Station):
        if not self._stream:
            return await station.provider.chat(self.messages, tools=[TOOL])
        asked = await station.provider.chat(self.messages, stream=True, tools=[TOOL])
        async with asked as stream:
            return await stream.collect()


def _answer(station: Station, place: int, calls: int) -> Answer:
    made = [
        Call(f"call_{place}_{n}", "look", {"at": ["Zürich", n], "deep": {"": None}})
        for n in range(calls)
    ]
    return Answer(
        pieces=(f"Answer {place} ", f"of {station.name} — \n", "é🙂."),
        reasoning=(f"Thought {place} ", f"of {station.name}.\n"),
        state={"sealed": f"state {place} of {station.name}"},
        calls=made,
        finish="tool_calls" if calls else "stop",
    )


def _stored(message: Message) -> Message:
    """Return a message as it comes back from a file."""
    return Message.from_dict(json.loads(json.dumps(message.to_dict())))


def said(messages: Sequence[Message]) -> list[tuple[object, ...]]:
    """Return what a service must receive of messages, whichever provider answered."""
    return [
        (
            message.role,
            message.content,
            [(call.id, call.name, call.arguments) for call in message.tool_calls],
            message.tool_call_id,
        )
        for message in messages
    ]


def received(messages: Sequence[SeenMessage]) -> list[tuple[object, ...]]:
    """Return the same of what a service received."""
    return [(seen.role, seen.text, list(seen.calls), seen.answers) for seen in messages]
