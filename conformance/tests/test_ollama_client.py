"""Ollama's own client understands the scripted service: a stranger that proves our wire."""

import random

import ollama
import pytest
from provider_conformance import OllamaWire, Service
from provider_conformance.drivers import SocketDriver
from provider_conformance.lab.payload import call, pieces, sentence, tool
from provider_conformance.lab.refusals import PIXEL
from provider_conformance.wires._answer import Answer, Failure, SeenChat, Tokens

TOKEN = "ollama-scripted"
QUESTION = [{"role": "user", "content": "Warum ist der Himmel blau? 🙂"}]
KINDS = {
    "auth": 401,
    "permission": 403,
    "rate_limit": 429,
    "quota": 402,
    "model_not_found": 404,
    "bad_request": 400,
    "context_length": 400,
    "overloaded": 503,
    "server": 500,
}
SEED = random.SystemRandom().randrange(10**6)


@pytest.fixture
def rng():
    """Return a source of chance whose seed a failure shows."""
    print(f"seed {SEED}")
    return random.Random(SEED)


@pytest.fixture
def service(rng):
    """Return a service that speaks Ollama's protocol."""
    return Service(OllamaWire(), TOKEN, rng)


@pytest.fixture
def address(service):
    """Return where the service listens."""
    with SocketDriver(service) as driver:
        yield driver.address


@pytest.fixture
def client(address):
    """Return Ollama's own client, in front of the service."""
    with ollama.Client(host=address, headers=authorization(), timeout=10) as client:
        yield client


def authorization(token=TOKEN):
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {token}"}


def chunks(client, **options):
    """Return all lines of a streamed answer."""
    return list(client.chat("org/model", QUESTION, stream=True, **options))


def test_whole_answer_is_exact(client, service, rng):
    """A whole answer has its text, its thinking, its end, its counts and its model."""
    usage = Tokens(prompt=431, completion=1207)
    answer = Answer(pieces(rng), "org/other", pieces(rng), finish="length", usage=usage)
    service.reply_next(answer)

    found = client.chat("org/model", QUESTION)

    assert (found.message.content, found.model) == (answer.text, "org/other")
    assert found.message.thinking == "".join(answer.reasoning)
    assert (found.done, found.done_reason) == (True, "length")
    assert (found.prompt_eval_count, found.eval_count) == (431, 1207)


def test_streamed_answer_is_exact(client, service, rng):
    """A streamed answer has the same pieces, and end and counts in its last line only."""
    answer = Answer(pieces(rng), reasoning=pieces(rng), usage=Tokens(prompt=431, completion=1207))
    service.reply_next(answer)

    *most, last = chunks(client)

    said = [(each.message.thinking, each.message.content) for each in most]
    assert [thinking for thinking, _ in said if thinking] == list(answer.reasoning)
    assert [content for _, content in said if content] == list(answer.pieces)
    assert {(each.done, each.done_reason, each.eval_count) for each in most} == {
        (False, None, None)
    }
    assert (last.done, last.done_reason) == (True, "stop")
    assert (last.prompt_eval_count, last.eval_count) == (431, 1207)


async def test_async_client_streams_the_same(address, service, rng):
    """The asynchronous client reads the same stream."""
    answer = Answer(pieces(rng))
    service.reply_next(answer)
    client = ollama.AsyncClient(host=address, headers=authorization(), timeout=10)

    stream = await client.chat("org/model", QUESTION, stream=True)
    heard = [chunk.message.content async for chunk in stream]
    await client.close()

    assert "".join(heard) == answer.text


def test_noise_says_nothing(client, service, rng):
    """Lines without content change no text."""
    answer = Answer(pieces(rng))

    def noisy(request):
        wire = service.wire
        frames = wire.frames(answer, wire.read_chat(request))
        return wire.stream([f for frame in frames for f in (*wire.noise(answer), frame)])

    service.reply_next(noisy)

    assert "".join(chunk.message.content for chunk in chunks(client)) == answer.text


def test_calls_are_exact(client, service, rng):
    """Parallel calls keep name, arguments and order, whole and streamed."""
    answer = Answer(calls=[call(rng), call(rng)], finish="tool_calls")
    service.reply_next(answer, answer)

    whole = client.chat("org/model", QUESTION).message.tool_calls
    streamed = [made for each in chunks(client) for made in each.message.tool_calls or ()]

    for found in (whole, streamed):
        made = [(each.function.name, each.function.arguments) for each in found]
        assert made == [(each.name, dict(each.arguments)) for each in answer.calls]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_failures_are_the_clients(client, service, rng, kind, stream):
    """Each failure is the client's own exception, with its status and the service's message."""
    message = sentence(rng)
    service.reply_next(Failure(kind, message))

    with pytest.raises(ollama.ResponseError) as raised:
        chunks(client) if stream else client.chat("org/model", QUESTION)

    assert raised.value.status_code == KINDS[kind]
    assert message in raised.value.error


def test_failure_in_a_stream_is_raised(client, service, rng):
    """An error inside a stream is raised with the service's message, after the text before it."""
    message = sentence(rng)

    def failing(request):
        wire = service.wire
        start = wire.frames(Answer(["so far"]), wire.read_chat(request))[:1]
        return wire.stream([*start, wire.failure_frame(Failure("overloaded", message))])

    service.reply_next(failing)
    heard = []
    stream = client.chat("org/model", QUESTION, stream=True)
    with pytest.raises(ollama.ResponseError) as raised:
        heard.extend(chunk.message.content for chunk in stream)

    assert heard == ["so far"]
    assert message in raised.value.error


def test_models_are_listed(client, service):
    """The client reads the names of the model list, in its order, and when each was modified."""
    models = client.list().models

    assert [model.model for model in models] == service.model_ids
    assert all(model.modified_at for model in models)


def test_options_are_read(client, service):
    """What the client is told about sampling, tools and thinking is what the service reads."""
    options = {"temperature": 0.3, "top_p": 0.9, "num_predict": 77, "seed": 11, "stop": ["END"]}
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}}
    tools = [tool("look", "where")]
    client.chat("org/model", QUESTION, options=options, tools=tools, think="high", format=schema)
    client.chat("org/model", QUESTION, format="json")

    first, second = service.chats()

    sampling = {"temperature": 0.3, "top_p": 0.9, "max_tokens": 77, "seed": 11, "stop": ["END"]}
    assert {name: first.options[name] for name in sampling} == sampling
    assert first.options["reasoning_effort"] == "high"
    assert first.options["response_format"]["json_schema"]["schema"] == schema
    assert second.options["response_format"] == {"type": "json_object"}
    (sent,) = first.options["tools"]
    assert (sent["function"]["name"], sent["function"]["description"]) == ("look", "Does look.")
    assert (first.model, first.stream, second.stream) == ("org/model", False, False)


def test_requests_for_streams_are_read(client, service):
    """The service reads that a stream was asked for."""
    chunks(client)

    assert service.chats()[-1].stream


def test_conversations_are_read(client, service, rng):
    """Roles, texts, images, calls and their results are read in order."""
    texts = [sentence(rng) for _ in range(4)]
    image = PIXEL.partition("base64,")[2]
    function = {"name": "look", "arguments": {"at": "ä"}}
    client.chat(
        "org/model",
        [
            {"role": "system", "content": texts[0]},
            {"role": "user", "content": texts[1], "images": [image]},
            {"role": "assistant", "content": texts[2], "tool_calls": [{"function": function}]},
            {"role": "tool", "content": texts[3], "tool_name": "look"},
        ],
    )

    seen = service.chats()[-1].messages

    assert [turn.role for turn in seen] == ["system", "user", "assistant", "tool"]
    assert [turn.text for turn in seen] == texts
    assert list(seen[1].images) == [f"data:;base64,{image}"]
    # This client sends no ids.
    assert list(seen[2].calls) == [(None, "look", {"at": "ä"})]


def test_credential_is_read(client, service):
    """The service finds the key where the client puts it."""
    chunks(client)

    assert service.wire.credential_of(service.requests()[-1]) == TOKEN


def test_wrong_credential_is_rejected(address):
    """A client with another key is rejected without a script."""
    headers = authorization("another-key")
    with (
        ollama.Client(host=address, headers=headers) as client,
        pytest.raises(ollama.ResponseError) as raised,
    ):
        client.chat("org/model", QUESTION)

    assert raised.value.status_code == 401


@pytest.mark.parametrize("calls", [0, 2])
def test_bodies_fit_the_clients_types(rng, calls):
    """Every body and every line is valid by the client's own types."""
    wire = OllamaWire()
    made = [call(rng) for _ in range(calls)]
    usage = Tokens(prompt=431, completion=1207)
    answer = Answer(pieces(rng), "m", pieces(rng), calls=made, usage=usage)
    chat = SeenChat("m", (), {}, stream=True)

    bodies = [wire.whole(answer).body, *(frame.data for frame in wire.frames(answer, chat))]

    for body in bodies:
        ollama.ChatResponse.model_validate_json(body)
