"""Anthropic's own client understands the scripted service: a stranger that proves our wire."""

import json
import random

import anthropic
import pytest
from anthropic.types import Message, ModelInfo
from anthropic.types import RawMessageStreamEvent as Event
from provider_conformance import AnthropicWire, Service
from provider_conformance.drivers import SocketDriver
from provider_conformance.lab.payload import call, pieces, sentence
from provider_conformance.lab.refusals import PIXEL
from provider_conformance.wires._answer import Answer, Call, Failure, SeenChat, Tokens
from provider_conformance.wires._script import SeenRequest
from pydantic import TypeAdapter

TOKEN = "sk-scripted"
QUESTION = [{"role": "user", "content": "Warum ist der Himmel blau? 🙂"}]
COUNTS = Tokens(prompt=431, completion=1207, cached=256, reasoning=640)
KINDS = {
    "auth": anthropic.AuthenticationError,
    "permission": anthropic.PermissionDeniedError,
    "rate_limit": anthropic.RateLimitError,
    "quota": anthropic.PaymentRequiredError,
    "model_not_found": anthropic.NotFoundError,
    "bad_request": anthropic.BadRequestError,
    "context_length": anthropic.BadRequestError,
    "overloaded": anthropic.OverloadedError,
    "server": anthropic.InternalServerError,
    "timeout": anthropic.GatewayTimeoutError,
}
SEED = random.SystemRandom().randrange(10**6)


def listing(query, **headers):
    """A request for a page of the model list, with a version unless the headers are given."""
    found = headers or {"anthropic-version": "2026-10-21"}
    return SeenRequest("GET", "service.test", "/v1/models", query, found, b"")


def asking(**fields):
    """A request for an answer, changed in these fields."""
    body = {"model": "m", "max_tokens": 2000, "messages": QUESTION, **fields}
    headers = {"anthropic-version": "2023-06-01"}
    path = "/v1/messages"
    return SeenRequest("POST", "service.test", path, "", headers, json.dumps(body).encode())


@pytest.fixture
def rng():
    """Return a source of chance whose seed a failure shows."""
    print(f"seed {SEED}")
    return random.Random(SEED)


@pytest.fixture
def service(rng):
    """Return a service that speaks the Messages API."""
    return Service(AnthropicWire(), TOKEN, rng)


@pytest.fixture
def address(service):
    """Return where the service listens."""
    with SocketDriver(service) as driver:
        yield driver.address


@pytest.fixture
def client(address):
    """Return Anthropic's own client, in front of the service."""
    with anthropic.Anthropic(**settings(address)) as client:
        yield client


def settings(address, **more):
    """Return how a client reaches the service."""
    return {"base_url": address, "api_key": TOKEN, "max_retries": 0, "timeout": 10, **more}


def ask(client, messages=None, **options):
    """Return a whole answer."""
    return client.messages.create(
        model="org/model", max_tokens=64, messages=messages or QUESTION, **options
    )


def helper(client):
    """Return the client's own accumulator of a stream."""
    return client.messages.stream(model="org/model", max_tokens=64, messages=QUESTION)


def test_whole_answer_is_exact(client, service, rng):
    """A whole answer has its thinking, its text, its end and its model."""
    answer = Answer(pieces(rng), "org/other", pieces(rng), finish="length")
    service.reply_next(answer)

    found = ask(client)

    thought, said = found.content
    assert (thought.thinking, said.text) == ("".join(answer.reasoning), answer.text)
    assert (found.stop_reason, found.model) == ("max_tokens", "org/other")


def test_streamed_answer_is_exact(client, service, rng):
    """A streamed answer has the same pieces, one event each."""
    answer = Answer(pieces(rng), reasoning=pieces(rng))
    service.reply_next(answer)

    deltas = [e.delta for e in ask(client, stream=True) if e.type == "content_block_delta"]

    assert [d.text for d in deltas if d.type == "text_delta"] == list(answer.pieces)
    assert [d.thinking for d in deltas if d.type == "thinking_delta"] == list(answer.reasoning)


async def test_async_client_streams_the_same(address, service, rng):
    """The asynchronous client reads the same stream."""
    answer = Answer(pieces(rng), usage=COUNTS)
    service.reply_next(answer)
    async with anthropic.AsyncAnthropic(**settings(address)) as client, helper(client) as stream:
        final = await stream.get_final_message()

    assert final.content[0].text == answer.text


def test_accumulator_adds_up_the_whole_answer(client, service, rng):
    """What the client adds up from a stream is what it reads whole."""
    calls = [call(rng), call(rng)]
    answer = Answer(pieces(rng), "m", pieces(rng), calls=calls, finish="tool_calls", usage=COUNTS)
    service.reply_next(answer, answer)

    whole = ask(client)
    with helper(client) as stream:
        streamed = stream.get_final_message()

    assert streamed.to_dict() == whole.to_dict()


def test_noise_says_nothing(client, service, rng):
    """Pings, comments and later kinds of events between the pieces change no text."""
    answer = Answer(pieces(rng), usage=COUNTS)

    def noisy(request):
        frames = service.wire.frames(answer, service.wire.read_chat(request))
        return service.wire.stream(
            [f for frame in frames for f in (*service.wire.noise(answer), frame)]
        )

    service.reply_next(noisy)
    with helper(client) as stream:
        assert "".join(stream.text_stream) == answer.text


@pytest.mark.parametrize("streamed", [False, True])
def test_usage_is_exact(client, service, streamed):
    """Each count stands where the client looks for it; tokens from a cache stand apart."""
    service.reply_next(Answer(["a", "b"], usage=COUNTS))
    if streamed:
        with helper(client) as stream:
            usage = stream.get_final_message().usage
    else:
        usage = ask(client).usage

    assert (usage.input_tokens, usage.cache_read_input_tokens) == (431 - 256, 256)
    assert (usage.output_tokens, usage.output_tokens_details.thinking_tokens) == (1207, 640)


@pytest.mark.parametrize("streamed", [False, True])
def test_calls_are_exact(client, service, rng, streamed):
    """Parallel calls keep id, name, arguments and order."""
    answer = Answer(calls=[call(rng), call(rng)], finish="tool_calls", usage=COUNTS)
    service.reply_next(answer)
    if streamed:
        with helper(client) as stream:
            found = stream.get_final_message()
    else:
        found = ask(client)

    made = [(block.id, block.name, block.input) for block in found.content]
    assert made == [(each.id, each.name, dict(each.arguments)) for each in answer.calls]
    assert found.stop_reason == "tool_use"


def test_refusal_is_exact(client, service, rng):
    """A refusal's words stand in the details of the stop, whole and streamed."""
    words = sentence(rng)
    service.reply_next(Answer(refusal=words, usage=COUNTS), Answer(refusal=words, usage=COUNTS))

    whole = ask(client)
    with helper(client) as stream:
        streamed = stream.get_final_message()

    assert [m.stop_reason for m in (whole, streamed)] == ["refusal", "refusal"]
    assert [m.stop_details.explanation for m in (whole, streamed)] == [words, words]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_failures_are_the_clients(client, service, rng, kind, stream):
    """Each failure is the client's own exception, with the service's words."""
    words = sentence(rng)
    service.reply_next(Failure(kind, words))

    with pytest.raises(anthropic.APIStatusError) as raised:
        ask(client, stream=stream)

    assert isinstance(raised.value, KINDS[kind])
    assert words in raised.value.body["error"]["message"]


def test_failure_in_a_stream_is_raised(client, service, rng):
    """An error inside a stream is raised with the service's words, after the text before it."""
    words = sentence(rng)

    def failing(request):
        start = service.wire.frames(Answer(["so far"]), service.wire.read_chat(request))[:3]
        return service.wire.stream(
            [*start, service.wire.failure_frame(Failure("overloaded", words))]
        )

    service.reply_next(failing)
    heard = []
    with pytest.raises(anthropic.APIStatusError) as raised:
        heard.extend(event for event in ask(client, stream=True))

    assert heard[-1].delta.text == "so far"
    assert words in raised.value.body["error"]["message"]


def test_request_id_is_found(client, service):
    """The client finds the service's id of an exchange."""
    service.reply_next(Answer(["a"], request_id="req_42"))

    assert ask(client)._request_id == "req_42"


def test_client_waits_as_told(address, service):
    """The client obeys the service's Retry-After and gets the answer."""
    service.reply_next(Failure("rate_limit", "slow down", retry_after=0.01), Answer(["at last"]))
    with anthropic.Anthropic(**settings(address, max_retries=1)) as client:
        assert ask(client).content[0].text == "at last"


def test_wrong_key_is_rejected(address):
    """A client with another key is turned away without a script."""
    with (
        anthropic.Anthropic(**settings(address, api_key="sk-other")) as client,
        pytest.raises(anthropic.AuthenticationError),
    ):
        ask(client)


def test_token_is_accepted(address, service):
    """A client that sends its credential as a bearer token is served."""
    service.reply_next(Answer(["a"]))
    with anthropic.Anthropic(**settings(address, api_key=None, auth_token=TOKEN)) as client:
        assert ask(client).content[0].text == "a"


def test_models_are_listed_page_by_page(client, service):
    """The client reads all ids of the model list, in its order, over several pages."""
    service.model_ids = [f"model-{n}" for n in range(230)]

    models = list(client.models.list(limit=100))

    assert [model.id for model in models] == service.model_ids
    assert len(service.exchanges) == 3


def test_options_are_read(client, service):
    """What a client is told is what the service reads, in the contract's terms."""
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}}
    ask(
        client,
        stop_sequences=["END"],
        tools=[{"name": "look", "description": "Looks.", "input_schema": schema}],
        tool_choice={"type": "tool", "name": "look"},
        output_config={"effort": "low", "format": {"type": "json_schema", "schema": schema}},
    )

    function = {"name": "look", "description": "Looks.", "parameters": schema}
    seen = service.chats()[-1].options
    assert seen["tools"] == [{"type": "function", "function": function}]
    assert seen["tool_choice"] == {"type": "function", "function": {"name": "look"}}
    assert seen["response_format"]["json_schema"]["schema"] == schema
    assert (seen["max_tokens"], seen["stop"], seen["reasoning_effort"]) == (64, ["END"], "low")


def test_conversations_are_read(client, service, rng):
    """System, texts, images, calls and their results are read in order."""
    words = [sentence(rng) for _ in range(4)]
    image = {"type": "base64", "media_type": "image/png", "data": PIXEL.partition(",")[2]}
    used = {"type": "tool_use", "id": "call_1", "name": "look", "input": {"at": "ä"}}
    ask(
        client,
        [
            {
                "role": "user",
                "content": [{"type": "text", "text": words[1]}, {"type": "image", "source": image}],
            },
            {"role": "assistant", "content": [{"type": "text", "text": words[2]}, used]},
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": words[3]}],
            },
        ],
        system=words[0],
    )

    seen = service.chats()[-1].messages
    assert [m.role for m in seen] == ["system", "user", "assistant", "tool"]
    assert [m.text for m in seen] == words
    assert list(seen[1].images) == [PIXEL]
    assert list(seen[2].calls) == [("call_1", "look", {"at": "ä"})]
    assert seen[3].answers == "call_1"


@pytest.mark.parametrize("calls", [0, 2])
def test_bodies_fit_the_clients_schema(rng, calls):
    """Every body and every event is valid by the client's own types."""
    wire = AnthropicWire()
    made = [call(rng) for _ in range(calls)] or [Call("id", "look", {})]
    answer = Answer(pieces(rng), "m", pieces(rng), calls=made, finish="tool_calls", usage=COUNTS)

    Message.model_validate_json(wire.whole(answer).body)
    events = TypeAdapter(Event)
    for frame in wire.frames(answer, SeenChat("m", (), {}, stream=True)):
        name, data = frame.data.decode().splitlines()[:2]
        event = events.validate_json(data.removeprefix("data: "))
        assert name == f"event: {event.type}"


def test_models_fit_the_clients_schema(service):
    """The entries of the model list have all that the client's type demands."""
    request = listing("")
    body = json.loads(service.wire.models(["a", "b"], request).body)

    fields = ModelInfo.model_fields
    demanded = {name for name, field in fields.items() if field.is_required()}
    assert all(demanded <= entry.keys() for entry in body["data"])


def called(*ids):
    """A conversation with a call of each id, and its result."""
    found = list(QUESTION)
    for id in ids:
        use = {"type": "tool_use", "id": id, "name": "look", "input": {}}
        result = {"type": "tool_result", "tool_use_id": id, "content": "seen"}
        found += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    return found


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": called("a.b:0")},
        {"messages": called("a", "a")},
        {"messages": called(7)},
        {"max_tokens": True},
        {"thinking": {"type": "enabled", "budget_tokens": 2000}},
        {"thinking": {"type": "enabled", "budget_tokens": 1000}},
        {"thinking": {"type": "enabled"}},
        {"messages": [*QUESTION, {"role": "assistant", "content": "So "}]},
        {"tool_choice": {"type": "auto"}},
    ],
)
def test_requests_that_the_service_rejects(fields):
    """What the service rejects, the scripted service rejects too."""
    with pytest.raises(ValueError, match=r"must|max_tokens|tool_choice|whitespace|required"):
        AnthropicWire().read_chat(asking(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": called("a_B-0", "c")},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        {"messages": [*QUESTION, {"role": "assistant", "content": "So"}]},
    ],
)
def test_requests_that_the_service_accepts(fields):
    """What the service accepts is read."""
    assert AnthropicWire().read_chat(asking(**fields)).model == "m"


@pytest.mark.parametrize("limit", ["abc", "0", "-1", "1001", "9" * 5000, "\u00b2"])
def test_page_of_a_wrong_size(limit):
    """A size that is not allowed is a bad request."""
    assert AnthropicWire().models(["a"], listing(f"limit={limit}")).status == 400


def test_list_without_a_version():
    """The model list, too, demands the version of the protocol."""
    assert AnthropicWire().models(["a"], listing("", accept="*/*")).status == 400
