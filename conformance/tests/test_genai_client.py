"""Google's own client understands the scripted service: a stranger that proves our wire."""

import json
import random

import pytest
from google import genai
from google.genai import errors, types
from provider_conformance import GeminiWire, Service
from provider_conformance.drivers import SocketDriver
from provider_conformance.lab.payload import call, pieces, sentence
from provider_conformance.lab.refusals import PIXEL
from provider_conformance.wires._answer import Answer, Call, Failure, SeenChat, Tokens

TOKEN = "AIza-scripted"
QUESTION = "Warum ist der Himmel blau? 🙂"
COUNTS = Tokens(prompt=431, completion=1207, total=1638, cached=256, reasoning=640)
CODES = {
    "auth": 400,
    "permission": 403,
    "rate_limit": 429,
    "quota": 429,
    "model_not_found": 404,
    "bad_request": 400,
    "context_length": 400,
    "overloaded": 503,
    "server": 500,
    "timeout": 504,
}
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
SEED = random.SystemRandom().randrange(10**6)


@pytest.fixture
def rng():
    """Return a source of chance whose seed a failure shows."""
    print(f"seed {SEED}")
    return random.Random(SEED)


@pytest.fixture
def service(rng):
    """Return a service that speaks generateContent."""
    return Service(GeminiWire(), TOKEN, rng)


@pytest.fixture
def address(service):
    """Return where the service listens."""
    with SocketDriver(service) as driver:
        yield driver.address


@pytest.fixture
def client(address):
    """Return Google's own client, in front of the service."""
    with connect(address) as client:
        yield client


def connect(address, **options):
    """Return a client of the service."""
    http = types.HttpOptions(base_url=address, timeout=10_000, **options)
    return genai.Client(api_key=TOKEN, vertexai=False, http_options=http)


def ask(client, contents=QUESTION, **config):
    """Return a whole answer."""
    return client.models.generate_content(
        model="gemini-x", contents=contents, config=types.GenerateContentConfig(**config)
    )


def heard(client, **config):
    """Return all responses of a streamed answer."""
    return list(
        client.models.generate_content_stream(
            model="gemini-x", contents=QUESTION, config=types.GenerateContentConfig(**config)
        )
    )


def parts_of(*responses):
    """Return the parts of all responses."""
    contents = [each.candidates[0].content for each in responses]
    return [part for content in contents if content for part in content.parts or ()]


def answered(client, *, streamed):
    """Return all responses to a question: one, or those of a stream."""
    return heard(client) if streamed else [ask(client)]


both = pytest.mark.parametrize("streamed", [False, True])


def test_whole_answer_is_exact(client, service, rng):
    """A whole answer has its thoughts, its text, its end, its model and its id."""
    answer = Answer(pieces(rng), "org/other", pieces(rng), finish="length", request_id="r-1")
    service.reply_next(answer)

    found = ask(client)

    thought, said = parts_of(found)
    assert (thought.thought, thought.text) == (True, "".join(answer.reasoning))
    assert said.text == found.text == answer.text
    assert found.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
    assert (found.model_version, found.response_id) == ("org/other", "r-1")


def test_streamed_answer_is_exact(client, service, rng):
    """A streamed answer has the same pieces, one response each."""
    answer = Answer(pieces(rng), reasoning=pieces(rng))
    service.reply_next(answer)

    parts = [part for part in parts_of(*heard(client)) if part.text]

    assert [part.text for part in parts if not part.thought] == list(answer.pieces)
    assert [part.text for part in parts if part.thought] == list(answer.reasoning)


@pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")  # of the client
async def test_async_client_streams_the_same(address, service, rng):
    """The asynchronous client reads the same stream."""
    answer = Answer(pieces(rng), usage=COUNTS)
    service.reply_next(answer)
    async with connect(address).aio as client:
        stream = await client.models.generate_content_stream(model="m", contents=QUESTION)
        texts = [response.text or "" async for response in stream]

    assert "".join(texts) == answer.text


def test_tight_stream_is_the_same(client, service, rng):
    """Pieces of several kinds in one event, and the finish beside the last, change nothing."""
    answer = Answer(pieces(rng), reasoning=pieces(rng), usage=COUNTS, joins_finish=True)
    service.reply_next(answer)

    found = heard(client)

    said = [part.text for part in parts_of(*found) if not part.thought]
    assert "".join(said) == answer.text
    assert found[-1].candidates[0].finish_reason == types.FinishReason.STOP


def test_noise_says_nothing(client, service, rng):
    """Responses without content between the pieces change no text."""
    answer = Answer(pieces(rng), usage=COUNTS)

    def noisy(request):
        wire = service.wire
        # A comment is one too, but this client takes it for the beginning of an error.
        noise = [frame for frame in wire.noise(answer) if frame.data.startswith(b"data:")]
        frames = wire.frames(answer, wire.read_chat(request))
        return wire.stream([f for frame in frames for f in (*noise, frame)])

    service.reply_next(noisy)

    assert "".join(response.text or "" for response in heard(client)) == answer.text


@both
def test_usage_is_exact(client, service, streamed):
    """Each count stands where the client looks for it; thoughts are counted apart."""
    service.reply_next(Answer(["a", "b"], usage=COUNTS))

    usage = answered(client, streamed=streamed)[-1].usage_metadata

    assert (usage.prompt_token_count, usage.cached_content_token_count) == (431, 256)
    assert (usage.candidates_token_count, usage.thoughts_token_count) == (1207 - 640, 640)
    assert usage.total_token_count == 1638


def test_running_usage_comes_with_the_pieces(client, service):
    """A stream reports usage with its pieces, then all of it."""
    first, second = Tokens(prompt=5, completion=1), Tokens(prompt=5, completion=2)
    service.reply_next(Answer(["a"], usage=COUNTS, running_usage=[first, second]))

    counts = [each.usage_metadata.candidates_token_count for each in heard(client)]

    assert counts == [1, 2, 1207 - 640]


@both
def test_calls_are_exact(client, service, rng, streamed):
    """Parallel calls keep id, name, arguments and order."""
    answer = Answer(calls=[call(rng), call(rng)], finish="tool_calls", usage=COUNTS)
    service.reply_next(answer)

    found = answered(client, streamed=streamed)

    made = [part.function_call for part in parts_of(*found) if part.function_call]
    assert [(each.id, each.name, each.args) for each in made] == [
        (each.id, each.name, dict(each.arguments)) for each in answer.calls
    ]
    assert found[-1].candidates[0].finish_reason == types.FinishReason.STOP


@both
@pytest.mark.parametrize("calls", [0, 2])
def test_signature_goes_back(client, service, rng, streamed, calls):
    """A turn that the client sends back brings its signature to where it came from."""
    made = [call(rng) for _ in range(calls)]
    state = {"at": sentence(rng)}
    answer = Answer(pieces(rng), reasoning=pieces(rng), calls=made, state=state)
    service.reply_next(answer)

    parts = parts_of(*answered(client, streamed=streamed))
    results = [
        types.Part(
            function_response=types.FunctionResponse(name=each.name, response={"output": ""})
        )
        for each in made
    ]
    ask(
        client,
        [
            types.Content(role="user", parts=[types.Part(text=QUESTION)]),
            types.Content(role="model", parts=parts),
            types.Content(role="user", parts=results or [types.Part(text="Go on.")]),
        ],
    )

    turn = service.chats()[-1].messages[1]
    assert (turn.text, turn.state) == (answer.text, state)
    assert [found[1] for found in turn.calls] == [each.name for each in made]


@both
def test_blocked_prompt_has_no_candidates(client, service, rng, streamed):
    """A refusal is the feedback on a blocked prompt."""
    words = sentence(rng)
    service.reply_next(Answer(refusal=words, usage=Tokens(prompt=7)))

    (found,) = answered(client, streamed=streamed)

    assert (found.candidates, found.text) == (None, None)
    assert found.prompt_feedback.block_reason == types.BlockedReason.SAFETY
    assert found.prompt_feedback.block_reason_message == words


@both
@pytest.mark.parametrize("kind", CODES)
def test_failures_are_the_clients(client, service, rng, kind, streamed):
    """Each failure is the client's own exception, with the service's words."""
    words = sentence(rng)
    service.reply_next(Failure(kind, words))

    with pytest.raises(errors.APIError) as raised:
        answered(client, streamed=streamed)

    client_error = CODES[kind] < 500
    assert isinstance(raised.value, errors.ClientError if client_error else errors.ServerError)
    assert raised.value.code == CODES[kind]
    assert words in raised.value.message


def test_failure_in_a_stream_is_raised(client, service, rng):
    """A status inside a stream is raised with the service's words, after the text before it."""
    words = sentence(rng)

    def failing(request):
        start = service.wire.frames(Answer(["so far"]), service.wire.read_chat(request))[:1]
        return service.wire.stream(
            [*start, service.wire.failure_frame(Failure("overloaded", words))]
        )

    service.reply_next(failing)
    texts = []
    stream = client.models.generate_content_stream(model="m", contents=QUESTION)
    with pytest.raises(errors.ServerError) as raised:
        texts.extend(response.text for response in stream)

    assert texts == ["so far"]
    assert (raised.value.status, raised.value.message) == ("UNAVAILABLE", words)


def test_client_asks_again(address, service):
    """A client that may retry gets the answer after an overload."""
    service.reply_next(Failure("overloaded", "busy"), Answer(["at last"]))
    again = types.HttpRetryOptions(attempts=2, initial_delay=0.01, max_delay=0.02)
    with connect(address, retry_options=again) as client:
        assert ask(client).text == "at last"


def test_wrong_key_is_rejected(address):
    """A client with another key is turned away without a script."""
    http = types.HttpOptions(base_url=address, timeout=10_000)
    with (
        genai.Client(api_key="AIza-other", vertexai=False, http_options=http) as client,
        pytest.raises(errors.ClientError, match="API_KEY_INVALID"),
    ):
        ask(client)


def test_models_are_listed_page_by_page(client, service):
    """The client reads all ids of the model list, in its order, over several pages."""
    service.model_ids = [f"model-{n}" for n in range(230)]

    models = list(client.models.list(config={"page_size": 1000}))

    assert [model.name for model in models] == [f"models/{id}" for id in service.model_ids]
    assert {model.input_token_limit for model in models} == {1_048_576}
    assert len(service.exchanges) == 3


def test_options_are_read(client, service):
    """What a client is told is what the service reads, in the contract's terms."""
    declaration = {"name": "look", "description": "Looks.", "parameters_json_schema": SCHEMA}
    ask(
        client,
        max_output_tokens=64,
        stop_sequences=["END"],
        temperature=1.5,
        top_p=0.5,
        seed=7,
        tools=[{"function_declarations": [declaration]}],
        tool_config={
            "function_calling_config": {"mode": "ANY", "allowed_function_names": ["look"]}
        },
        thinking_config={"thinking_level": "LOW"},
        response_mime_type="application/json",
        response_json_schema=SCHEMA,
    )

    function = {"name": "look", "description": "Looks.", "parameters": SCHEMA}
    assert service.chats()[-1].options == {
        "max_tokens": 64,
        "stop": ["END"],
        "temperature": 1.5,
        "top_p": 0.5,
        "seed": 7,
        "tools": [{"type": "function", "function": function}],
        "tool_choice": {"type": "function", "function": {"name": "look"}},
        "reasoning_effort": "low",
        "response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}},
    }


def test_conversations_are_read(client, service, rng):
    """System, texts, images, calls and their results are read in order."""
    words = [sentence(rng) for _ in range(4)]
    image = {"inline_data": {"mime_type": "image/png", "data": PIXEL.partition(",")[2]}}
    page = {"file_data": {"file_uri": "https://images.example/a.png", "mime_type": "image/png"}}
    used = {"function_call": {"id": "call_1", "name": "look", "args": {"at": "ä"}}}
    result = {"id": "call_1", "name": "look", "response": {"output": words[3]}}
    ask(
        client,
        [
            {"role": "user", "parts": [{"text": words[1]}, image, page]},
            {"role": "model", "parts": [{"text": words[2]}, used]},
            {"role": "user", "parts": [{"function_response": result}]},
        ],
        system_instruction=words[0],
    )

    seen = service.chats()[-1].messages
    assert [m.role for m in seen] == ["system", "user", "assistant", "tool"]
    assert [m.text for m in seen] == words
    assert list(seen[1].images) == [PIXEL, "https://images.example/a.png"]
    assert list(seen[2].calls) == [("call_1", "look", {"at": "ä"})]
    assert seen[3].answers == "call_1"


@pytest.mark.parametrize("calls", [0, 2])
def test_bodies_fit_the_clients_schema(rng, calls):
    """Every body and every event holds only what the client's own types know."""
    wire = GeminiWire()
    made = [call(rng) for _ in range(calls)] or [Call("id", "look", {})]
    answer = Answer(pieces(rng), "m", pieces(rng), calls=made, finish="tool_calls", usage=COUNTS)
    answers = [answer, Answer(refusal="no", model="m", state=1)]

    bodies = [wire.whole(each).body for each in answers]
    for each in answers:
        frames = wire.frames(each, SeenChat("m", (), {}, stream=True))
        bodies += [frame.data.removeprefix(b"data: ") for frame in frames]

    known = types.GenerateContentResponse
    assert known.model_config["extra"] == "forbid"
    for body in bodies:
        assert known.model_validate(json.loads(body)).model_version == "m"
