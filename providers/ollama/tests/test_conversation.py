"""A conversation of five turns with tools and thinking, through the provider and back."""

import json
import random

import httpx
import pytest
from provider_conformance import OllamaWire, Service
from provider_conformance.drivers import SocketDriver
from provider_conformance.wires import Answer, Call
from provider_huggingface import HfProvider
from provider_ollama import OllamaProvider
from provider_sdk import ChatResponse, Message

from ._service import KEY, MODEL

QUESTIONS = ["Weather in Paris and Rome?", "And tomorrow?", "Thanks.", "Why?", "Bye."]
THOUGHTS = ["I need  two calls.\n", "\ttomorrow: one call", "", "Rayleigh \U0001f308.", "Be brief."]
CALLS = [
    [Call("c1", "look", {"at": "Paris"}), Call("c2", "look", {"at": "Rome"})],
    [Call("c3", "look", {"at": "Paris", "day": 1})],
    [],
    [],
    [],
]
TEXTS = ["", "One moment.", "You are welcome.", "Because.", "Bye."]
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


def stored(message: Message) -> Message:
    """Return a message as it comes back from a file."""
    return Message.from_dict(json.loads(json.dumps(message.to_dict())))


async def ask(provider, messages, stream) -> ChatResponse:
    """Return the answer, whole or streamed."""
    if not stream:
        return await provider.chat(messages, MODEL, tools=[TOOL])
    async with await provider.chat(messages, MODEL, stream=True, tools=[TOOL]) as answer:
        return await answer.collect()


async def conversation(provider, service, stream) -> list[Message]:
    """Hold the conversation, stored and loaded again after each turn."""
    messages: list[Message] = []
    for question, thought, calls, text in zip(QUESTIONS, THOUGHTS, CALLS, TEXTS, strict=True):
        messages.append(Message("user", question))
        # Each piece of thinking is one line of the stream.
        pieces = [thought[:3], thought[3:]] if thought else []
        service.reply_next(Answer([text], reasoning=pieces, calls=calls))
        response = await ask(provider, messages, stream)
        messages.append(stored(response.message))
        messages += [
            Message("tool", f"sun in {call.id}", tool_call_id=call.id)
            for call in response.tool_calls
        ]
    return messages


@pytest.fixture
def service():
    """A service that speaks Ollama's protocol."""
    return Service(OllamaWire(), KEY, random.Random(7))


@pytest.fixture
def provider(service):
    """The provider, in front of a socket of the service."""
    with SocketDriver(service) as driver:
        yield OllamaProvider(base_url=driver.address, api_key=KEY)


@pytest.mark.parametrize("stream", [False, True])
async def test_state_returns_to_the_letter(provider, service, stream):
    """Every turn's thinking, text, calls and results are sent back exactly, also after storage."""
    async with provider:
        messages = await conversation(provider, service, stream)
        await ask(provider, [*messages, Message("user", "Once more?")], stream)

    sent = json.loads(service.requests()[-1].body)["messages"]
    turns = [turn for turn in sent if turn["role"] == "assistant"]
    assert [turn.get("thinking", "") for turn in turns] == THOUGHTS
    assert [turn["content"] for turn in turns] == TEXTS
    assert [
        [(c["id"], c["function"]["name"], c["function"]["arguments"]) for c in turn["tool_calls"]]
        for turn in turns[:2]
    ] == [[(call.id, call.name, call.arguments) for call in calls] for calls in CALLS[:2]]
    results = [turn for turn in sent if turn["role"] == "tool"]
    assert [(each["tool_call_id"], each["tool_name"], each["content"]) for each in results] == [
        (id, "look", f"sun in {id}") for id in ("c1", "c2", "c3")
    ]


async def test_another_model_gets_no_state(provider, service):
    """Thinking goes back to the model that wrote it, and to no other."""
    async with provider:
        messages = await conversation(provider, service, stream=False)
        await provider.chat([*messages, Message("user", "Once more?")], "other")

    sent = json.loads(service.requests()[-1].body)["messages"]
    assert [turn for turn in sent if "thinking" in turn] == []


async def test_another_provider_accepts_the_conversation(provider, service):
    """Moved to Hugging Face, it has all its turns and none of Ollama's state."""
    async with provider:
        messages = await conversation(provider, service, stream=True)
    bodies = []

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        choice = {"index": 0, "message": {"content": "Yes."}, "finish_reason": "stop"}
        return httpx.Response(200, json={"choices": [choice]})

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    other = HfProvider(api_key="hf_other", http_client=client)
    response = await other.chat([*messages, Message("user", "Once more?")])

    (body,) = bodies
    assert response.text == "Yes."
    assert [turn["role"] for turn in body["messages"]] == [
        *(message.role for message in messages),
        "user",
    ]
    assert {key for turn in body["messages"] for key in turn} == {
        "role",
        "content",
        "tool_calls",
        "tool_call_id",
    }
    assert "Rayleigh" not in json.dumps(body)


async def test_a_conversation_of_another_provider_is_accepted(provider, service):
    """State of Hugging Face's turns is not sent to Ollama."""
    turn = Message(
        "assistant",
        "Blue.",
        provider_data={"hf": [{"model": MODEL, "reasoning_content": "foreign"}]},
    )
    async with provider:
        await provider.chat([Message("user", "?"), turn, Message("user", "Why?")], MODEL)

    assert "foreign" not in service.requests()[-1].body.decode()
