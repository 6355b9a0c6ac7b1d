"""Cohere's own client understands the scripted service: a stranger that proves the wire."""

import random

import cohere
import pytest
from provider_conformance import Service
from provider_conformance.drivers import SocketDriver
from provider_conformance.lab.payload import call, pieces, tool
from provider_conformance.wires import Answer, Failure, Tokens

from ._cohere import HARNESS

KEY = "canary-cohere-key"
MODEL = "command-a-03-2025"
QUESTION = [{"role": "user", "content": "Warum ist der Himmel blau? 🙂"}]
SEED = random.SystemRandom().randrange(10**6)


@pytest.fixture
def rng():
    """Return a source of chance whose seed a failure shows."""
    print(f"seed {SEED}")
    return random.Random(SEED)


@pytest.fixture
def service(rng):
    """Return a service that speaks Cohere's protocol."""
    return Service(HARNESS.wire, KEY, rng)


@pytest.fixture
def address(service):
    """Return where the service listens."""
    with SocketDriver(service) as driver:
        yield driver.address


@pytest.fixture
def client(address):
    """Return Cohere's own client, in front of the service."""
    with cohere.ClientV2(api_key=KEY, base_url=address, timeout=10) as client:
        yield client


def ask(client, messages=QUESTION, **options):
    """Return a whole answer."""
    return client.chat(model=MODEL, messages=messages, **options)


def events(client, **options):
    """Return all events of a streamed answer."""
    return list(client.chat_stream(model=MODEL, messages=QUESTION, **options))


def counts(usage):
    """Return the counts of an answer."""
    return (usage.tokens.input_tokens, usage.tokens.output_tokens, usage.cached_tokens)


def test_whole_answer_is_exact(client, service, rng):
    """A whole answer has its text, its thinking, its end, its counts and its id."""
    usage = Tokens(prompt=431, completion=1207, cached=7)
    answer = Answer(
        pieces(rng), reasoning=pieces(rng), finish="length", usage=usage, request_id="exchange-7"
    )
    service.reply_next(answer)
    found = ask(client)
    thinking, text = found.message.content
    assert (thinking.thinking, text.text) == ("".join(answer.reasoning), answer.text)
    assert (found.id, found.finish_reason) == ("exchange-7", "MAX_TOKENS")
    assert counts(found.usage) == (431, 1207, 7)


def test_streamed_answer_is_exact(client, service, rng):
    """A streamed answer has the same pieces, and its end and its counts in its last event."""
    usage = Tokens(prompt=431, completion=1207, cached=7)
    answer = Answer(pieces(rng), reasoning=pieces(rng), usage=usage, request_id="exchange-7")
    service.reply_next(answer)
    first, *_, last = found = events(client)
    parts = [e.delta.message.content for e in found if e.type == "content-delta"]
    assert [part.thinking for part in parts if part.thinking] == list(answer.reasoning)
    assert [part.text for part in parts if part.text] == list(answer.pieces)
    assert (first.type, first.id) == ("message-start", "exchange-7")
    assert (last.type, last.delta.finish_reason) == ("message-end", "COMPLETE")
    assert counts(last.delta.usage) == (431, 1207, 7)


def test_calls_are_exact(client, service, rng):
    """Calls have their ids, names and arguments, and the plan comes before them."""
    answer = Answer((), reasoning=pieces(rng), calls=[call(rng), call(rng)], finish="tool_calls")
    service.reply_next(answer)
    found = ask(client, tools=[tool("weather")], tool_choice="REQUIRED")
    assert found.message.tool_plan == "".join(answer.reasoning)
    made = [(c.id, c.function.name, c.function.arguments) for c in found.message.tool_calls]
    assert made == [(c.id, c.name, c.arguments_text) for c in answer.calls]
    (chat,) = service.chats()
    assert (chat.options["tool_choice"], chat.options["tools"]) == ("required", [tool("weather")])


def test_streamed_calls_are_exact(client, service, rng):
    """The fragments of each call add up to its arguments."""
    answer = Answer((), calls=[call(rng), call(rng)], finish="tool_calls")
    service.reply_next(answer)
    texts = {}
    for event in events(client, tools=[tool("weather")]):
        if event.type == "tool-call-start":
            texts[event.index] = event.delta.message.tool_calls.function.arguments
        elif event.type == "tool-call-delta":
            texts[event.index] += event.delta.message.tool_calls.function.arguments
    assert texts == {n: each.arguments_text for n, each in enumerate(answer.calls)}


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("auth", cohere.UnauthorizedError),
        ("permission", cohere.ForbiddenError),
        ("model_not_found", cohere.NotFoundError),
        ("bad_request", cohere.BadRequestError),
        ("rate_limit", cohere.TooManyRequestsError),
        ("overloaded", cohere.ServiceUnavailableError),
        ("server", cohere.InternalServerError),
        ("timeout", cohere.GatewayTimeoutError),
    ],
)
def test_error_has_its_class(client, service, kind, error):
    """An error is raised as what it is, with the service's message."""
    service.reply_always(Failure(kind, "these are the words"))
    with pytest.raises(error) as caught:
        ask(client, request_options={"max_retries": 0})
    assert caught.value.body["message"] == "these are the words"


def test_failed_stream_says_why(client, service):
    """The last event of an answer that failed has a message and the word for it."""
    service.reply_next(HARNESS.wire.stream([HARNESS.wire.failure_frame(Failure("server", "why"))]))
    (last,) = events(client)
    assert (last.delta.finish_reason, last.delta.error) == ("ERROR", "why")


def test_models_come_in_pages(client, service):
    """The token of a page leads to the next one."""
    first = client.models.list(page_size=1000, endpoint="chat")
    names = [model.name for model in first.models]
    assert names == list(service.model_ids[:100])
    assert bool(first.next_page_token) == (len(service.model_ids) > 100)


def test_conversation_reaches_the_service(client, service):
    """What the client sends is read as it was meant."""
    messages = [
        {"role": "system", "content": "Be brief."},
        *QUESTION,
        {
            "role": "assistant",
            "tool_plan": "I will look.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
            ],
        },
        {
            "role": "tool",
            "tool_call_id": "c1",
            "content": [{"type": "document", "document": {"data": {"sky": "blue"}}}],
        },
    ]
    ask(
        client,
        messages,
        p=0.5,
        k=3,
        seed=7,
        stop_sequences=["END"],
        response_format={"type": "json_object"},
    )
    (chat,) = service.chats()
    assert [message.role for message in chat.messages] == ["system", "user", "assistant", "tool"]
    assert chat.messages[2].calls == [("c1", "f", {"a": 1})]
    assert chat.messages[3].answers == "c1"
    wanted = {"top_p": 0.5, "seed": 7, "stop": ["END"], "response_format": {"type": "json_object"}}
    assert chat.options == wanted
