"""OpenAI's own client understands the scripted Responses API: a stranger that proves our wire."""

import random
from dataclasses import replace

import openai
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from provider_conformance import ResponsesWire, Service
from provider_conformance.drivers import SocketDriver
from provider_conformance.lab.payload import call, pieces, sentence
from provider_conformance.lab.payload.answers import all_tokens, opaque_state
from provider_conformance.lab.refusals import PIXEL
from provider_conformance.wires import sse_framings
from provider_conformance.wires._answer import Answer, Call, Failure, SeenChat, Tokens
from pydantic import TypeAdapter

TOKEN = "sk-scripted"
QUESTION = [{"role": "user", "content": "Warum ist der Himmel blau? 🙂"}]
COUNTS = Tokens(prompt=431, completion=1207, total=1638, cached=256, reasoning=640)
STATELESS = {"store": False, "include": ["reasoning.encrypted_content"]}
KINDS = {
    "auth": openai.AuthenticationError,
    "permission": openai.PermissionDeniedError,
    "rate_limit": openai.RateLimitError,
    "quota": openai.RateLimitError,
    "model_not_found": openai.BadRequestError,
    "bad_request": openai.BadRequestError,
    "context_length": openai.BadRequestError,
    "overloaded": openai.InternalServerError,
    "server": openai.InternalServerError,
    "timeout": openai.InternalServerError,
}
SEED = random.SystemRandom().randrange(10**6)


@pytest.fixture
def rng():
    """Return a source of chance whose seed a failure shows."""
    print(f"seed {SEED}")
    return random.Random(SEED)


@pytest.fixture
def service(rng):
    """Return a service that speaks the Responses API."""
    return Service(ResponsesWire(), TOKEN, rng)


@pytest.fixture
def address(service):
    """Return where the service listens."""
    with SocketDriver(service) as driver:
        yield driver.address


@pytest.fixture
def client(address):
    """Return OpenAI's own client, in front of the service."""
    with openai.OpenAI(**settings(address)) as client:
        yield client


def settings(address, **more):
    """Return how a client reaches the service."""
    base = {"base_url": f"{address}/v1", "api_key": TOKEN, "max_retries": 0, "timeout": 10}
    return base | more


def ask(client, given=QUESTION, **options):
    """Return a whole answer, or the events of a stream."""
    return client.responses.create(model="org/model", input=given, **(STATELESS | options))


def helper(client, given=QUESTION):
    """Return the client's own accumulator of a stream."""
    return client.responses.stream(model="org/model", input=given, **STATELESS)


def whole_or_streamed(client, *, streamed):
    """Return an answer that the client read whole, or added up from a stream."""
    if not streamed:
        return ask(client)
    with helper(client) as stream:
        return stream.get_final_response()


def summary_of(response):
    """Return all that the client reads as summaries of reasoning."""
    found = [item for item in response.output if item.type == "reasoning"]
    return "\n\n".join(part.text for item in found for part in item.summary)


@pytest.mark.parametrize("streamed", [False, True])
def test_answer_is_exact(client, service, rng, streamed):
    """An answer has its text, its model and its end."""
    answer = Answer(pieces(rng), "org/other", usage=COUNTS)
    service.reply_next(answer)

    found = whole_or_streamed(client, streamed=streamed)

    assert found.output_text == answer.text
    assert (found.status, found.model) == ("completed", "org/other")


def test_pieces_are_deltas(client, service, rng):
    """The pieces of a streamed answer are one delta each; open models' reasoning too."""
    answer = Answer(pieces(rng), reasoning=pieces(rng))
    service.reply_next(answer)

    events = list(ask(client, stream=True))

    texts = [e.delta for e in events if e.type == "response.output_text.delta"]
    thoughts = [e.delta for e in events if e.type == "response.reasoning_text.delta"]
    assert (texts, thoughts) == (list(answer.pieces), list(answer.reasoning))


def test_events_are_numbered(client, service, rng):
    """Events have numbers without a gap, and no terminator follows the last one."""
    service.reply_next(Answer(pieces(rng), calls=[call(rng)], state=7))
    raw = client.responses.with_raw_response
    with raw.create(model="m", input="?", stream=True, **STATELESS).parse() as stream:
        numbers = [event.sequence_number for event in stream]

    assert numbers == list(range(len(numbers)))
    assert b"[DONE]" not in service.exchanges[-1].reply.body


async def test_async_client_streams_the_same(address, service, rng):
    """The asynchronous client reads the same stream."""
    answer = Answer(pieces(rng), usage=COUNTS)
    service.reply_next(answer)
    async with openai.AsyncOpenAI(**settings(address)) as client, helper(client) as stream:
        final = await stream.get_final_response()

    assert final.output_text == answer.text


@pytest.mark.parametrize("state", [None, {"a": [1]}])
def test_accumulator_adds_up_the_whole_answer(client, service, rng, state):
    """What the client adds up from a stream is what it reads whole."""
    calls = [call(rng), call(rng)]
    answer = Answer(pieces(rng), "m", pieces(rng), "", calls, usage=COUNTS, state=state)
    service.reply_next(answer, answer)

    whole = ask(client)
    with helper(client) as stream:
        streamed = stream.get_final_response()

    drop = {"parsed", "parsed_arguments"}
    assert without(streamed.to_dict(), drop) == without(whole.to_dict(), drop)


def without(value, names):
    """Return JSON without some fields, at every depth."""
    if isinstance(value, dict):
        return {n: without(v, names) for n, v in value.items() if n not in names}
    return [without(v, names) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("streamed", [False, True])
def test_summary_has_paragraphs(client, service, streamed):
    """A summary with blank lines comes in parts, between which the client's user puts them."""
    reasoning = ["**A** one", " two\n", "\n**B** th", "ree\n\n**C**"]
    service.reply_next(Answer(["a"], reasoning=reasoning, state=7, usage=COUNTS))

    found = whole_or_streamed(client, streamed=streamed)

    assert [len(item.summary) for item in found.output if item.type == "reasoning"] == [3]
    assert summary_of(found) == "".join(reasoning)


def test_noise_says_nothing(client, service, rng):
    """Keep-alives, comments, built-in tools and later events change no text."""
    answer = Answer(pieces(rng))

    def noisy(request):
        frames = service.wire.frames(answer, service.wire.read_chat(request))
        noise = service.wire.noise(answer)
        return service.wire.stream([f for frame in frames for f in (*noise, frame)])

    service.reply_next(noisy)
    events = list(ask(client, stream=True))

    texts = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(texts) == answer.text
    assert events[-1].response.output_text == answer.text


def read(events):
    """Return the texts and the calls in the events of a stream."""
    events = list(events)
    texts = [event.delta for event in events if event.type == "response.output_text.delta"]
    ended = [event.item for event in events if event.type == "response.output_item.done"]
    calls = [(i.call_id, i.name, i.arguments) for i in ended if i.type == "function_call"]
    return "".join(texts), calls, events[-1].response.status


def test_forms_of_other_services_mean_the_same(client, service, rng):
    """A stream as other services write it is another one, and says the same to the client."""
    answer = Answer(pieces(rng), "m", pieces(rng), calls=[call(rng)], state=7)
    frames = service.wire.frames(answer, SeenChat("m", (), {}, stream=True))
    events = [frame.data for frame in frames]
    made = [(each.id, each.name, each.arguments_text) for each in answer.calls]

    # The first are those of all server-sent events.
    for framing in service.wire.framings(events)[len(sse_framings(events)) :]:
        assert list(framing.events) != events
        service.reply_next(replace(service.wire.stream(frames), steps=tuple(framing.events)))
        found = read(ask(client, stream=True))
        assert found == (answer.text, made, "completed"), framing.name


@pytest.mark.parametrize("streamed", [False, True])
def test_usage_is_exact(client, service, streamed):
    """Each count stands where the client looks for it."""
    service.reply_next(Answer(["a", "b"], usage=COUNTS))

    usage = whole_or_streamed(client, streamed=streamed).usage

    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (431, 1207, 1638)
    assert usage.input_tokens_details.cached_tokens == 256
    assert usage.output_tokens_details.reasoning_tokens == 640


@pytest.mark.parametrize("interleaves", [False, True])
@pytest.mark.parametrize("streamed", [False, True])
def test_calls_are_exact(client, service, rng, streamed, interleaves):
    """Parallel calls keep id, name, arguments and order, even if they are streamed in turns."""
    calls = [call(rng) for _ in range(3)]
    answer = Answer(calls=calls, finish="tool_calls", usage=COUNTS, interleaves=interleaves)
    service.reply_next(answer)

    found = whole_or_streamed(client, streamed=streamed).output

    made = [(item.call_id, item.name, item.arguments) for item in found]
    assert made == [(each.id, each.name, each.arguments_text) for each in calls]


@pytest.mark.parametrize("streamed", [False, True])
def test_refusal_is_exact(client, service, rng, streamed):
    """A refusal's words stand in a part of their own, in an answer that is complete."""
    words = sentence(rng)
    service.reply_next(Answer(refusal=words, usage=COUNTS))

    found = whole_or_streamed(client, streamed=streamed)

    (part,) = found.output[0].content
    assert (part.type, part.refusal, found.status) == ("refusal", words, "completed")
    assert found.output_text == ""


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_cut_answer_says_why(client, service, finish):
    """An answer that was cut is incomplete, streamed too, and says why."""
    service.reply_next(Answer(["so f"], finish=finish), Answer(["so f"], finish=finish))

    whole = ask(client)
    *_, last = ask(client, stream=True)

    assert last.type == "response.incomplete"
    reason = {"length": "max_output_tokens"}.get(finish, finish)
    assert {r.incomplete_details.reason for r in (whole, last.response)} == {reason}
    assert whole.output[0].status == "incomplete"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_failures_are_the_clients(client, service, rng, kind, stream):
    """Each failure is the client's own exception, with the service's words."""
    words = sentence(rng)
    service.reply_next(Failure(kind, words))

    with pytest.raises(openai.APIStatusError) as raised:
        ask(client, stream=stream)

    assert isinstance(raised.value, KINDS[kind])
    assert words in raised.value.message


def failing(service, failure):
    """Return a reply whose stream fails after some text."""

    def reply(request):
        frames = service.wire.frames(Answer(["so far"]), service.wire.read_chat(request))
        before = [frame for frame in frames if frame.kind in ("start", "text")]
        return service.wire.stream([*before, service.wire.failure_frame(failure)])

    return reply


def test_rejection_in_a_stream_is_raised(client, service, rng):
    """A rejection inside a stream is raised with the service's words and code, after the text."""
    words = sentence(rng)
    service.reply_next(failing(service, Failure("rate_limit", words, retry_after=11.5)))
    heard = []
    with pytest.raises(openai.APIError) as raised:
        heard.extend(event for event in ask(client, stream=True))

    assert heard[-1].delta == "so far"
    assert raised.value.message == f"{words} Please try again in 11.5s."
    assert raised.value.code == "rate_limit_exceeded"


@pytest.mark.parametrize(
    ("kind", "type", "code"),
    [
        ("server", "response.failed", "server_error"),
        ("overloaded", "error", "server_is_overloaded"),
    ],
)
def test_failure_in_a_stream_is_an_event(client, service, rng, kind, type, code):
    """A failure is a failed response or a flat error, which the client yields as its last event."""
    words = sentence(rng)
    service.reply_next(failing(service, Failure(kind, words)))

    *_, last = ask(client, stream=True)

    said = last.response.error if kind == "server" else last
    assert (last.type, said.code, said.message) == (type, code, words)


def test_failed_answer_says_so(client, service, rng):
    """A reply with status 200 may say that the answer failed, and why."""
    words = sentence(rng)
    service.reply_next(service.wire.failed_answer(Failure("server", words)))

    found = ask(client)

    assert (found.status, found.output, found.usage) == ("failed", [], None)
    assert (found.error.code, found.error.message) == ("server_error", words)


def test_request_id_is_found(client, service):
    """The client finds the service's id of an exchange."""
    service.reply_next(Answer(["a"], request_id="req_42"))

    assert ask(client)._request_id == "req_42"


def test_client_waits_as_told(address, service):
    """The client obeys the service's Retry-After and gets the answer."""
    service.reply_next(Failure("rate_limit", "slow down", retry_after=0.01), Answer(["at last"]))
    with openai.OpenAI(**settings(address, max_retries=1)) as client:
        assert ask(client).output_text == "at last"


def test_wrong_key_is_rejected(address):
    """A client with another key is turned away without a script."""
    with (
        openai.OpenAI(**settings(address, api_key="sk-other")) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        ask(client)


def test_models_are_listed(client, service):
    """The client reads all ids of the model list, in its order."""
    service.model_ids = [f"model-{n}" for n in range(230)]

    assert [model.id for model in client.models.list()] == service.model_ids


def test_options_are_read(client, service):
    """What a client is told is what the service reads, in the contract's terms."""
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}}
    named = {"name": "point", "description": "A point.", "schema": schema, "strict": True}
    looks = {"name": "look", "description": "Looks.", "parameters": schema, "strict": False}
    ask(
        client,
        max_output_tokens=64,
        temperature=0.5,
        top_p=0.25,
        tools=[{"type": "function", **looks}],
        tool_choice={"type": "function", "name": "look"},
        reasoning={"effort": "low", "summary": "auto"},
        text={"format": {"type": "json_schema", **named}},
    )

    seen = service.chats()[-1]
    assert seen.options == {
        "max_tokens": 64,
        "temperature": 0.5,
        "top_p": 0.25,
        "tools": [{"type": "function", "function": looks}],
        "tool_choice": {"type": "function", "function": {"name": "look"}},
        "reasoning_effort": "low",
        "response_format": {"type": "json_schema", "json_schema": named},
    }
    assert seen.surplus == {}


def test_tools_are_strict_unless_they_say_not(client, service):
    """A tool that does not say whether it is strict is strict."""
    tools = [{"type": "function", "name": "look"}, {"type": "function", "name": "see"}]
    ask(client, tools=[tools[0], {**tools[1], "strict": False}])

    functions = [tool["function"] for tool in service.chats()[-1].options["tools"]]
    assert [function["strict"] for function in functions] == [True, False]


def test_conversations_are_read(client, service, rng):
    """System, texts, images, calls and their results are read in order."""
    words = [sentence(rng) for _ in range(5)]
    image = {"type": "input_image", "image_url": PIXEL, "detail": "low"}
    made = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": '{"at":"ä"}'}
    ask(
        client,
        [
            {"role": "developer", "content": words[1]},
            {"role": "user", "content": [{"type": "input_text", "text": words[2]}, image]},
            {"role": "assistant", "content": words[3]},
            made,
            {"type": "function_call_output", "call_id": "call_1", "output": words[4]},
        ],
        instructions=words[0],
    )

    seen = service.chats()[-1].messages
    assert [m.role for m in seen] == ["system", "system", "user", "assistant", "tool"]
    assert [m.text for m in seen] == words
    assert [(part.kind, part.detail) for part in seen[2].parts] == [
        ("text", None),
        ("image", "low"),
    ]
    assert list(seen[2].images) == [PIXEL]
    assert list(seen[3].calls) == [("call_1", "look", {"at": "ä"})]
    assert seen[4].answers == "call_1"


@pytest.mark.parametrize("has_calls", [False, True])
def test_output_goes_back_as_it_came(client, service, rng, has_calls):
    """The output of an answer is valid as input, and brings back the turn and its state."""
    calls = [call(rng), call(rng)] if has_calls else []
    state = opaque_state(rng)
    answer = Answer(pieces(rng), "m", pieces(rng), calls=calls, state=state)
    service.reply_next(answer)
    output = [item.to_dict() for item in ask(client).output]
    results = [
        {"type": "function_call_output", "call_id": each.id, "output": "ok"} for each in calls
    ]

    ask(client, [*QUESTION, *output, *results, *QUESTION])

    turn = service.chats()[-1].messages[1]
    assert (turn.role, turn.text, turn.state) == ("assistant", answer.text, state)
    assert [made[0] for made in turn.calls] == [each.id for each in calls]


@pytest.mark.parametrize("include", [[], ["reasoning.encrypted_content"]])
def test_state_comes_to_who_asks(client, service, include):
    """Encrypted reasoning comes only if the request includes it."""
    service.reply_next(Answer(["a"], reasoning=["b"], state=7))

    found = ask(client, include=include).output[0]

    assert bool(found.encrypted_content) is bool(include)


@pytest.mark.parametrize("calls", [0, 2])
@pytest.mark.parametrize("state", [None, 7])
def test_bodies_fit_the_clients_schema(rng, calls, state):
    """Every body and every event is valid by the client's own types."""
    wire = ResponsesWire()
    made = [call(rng) for _ in range(calls)] or [Call("id", "look", {})]
    usage = all_tokens(rng)
    answer = Answer(pieces(rng), "m", pieces(rng), calls=made, usage=usage, state=state)

    Response.model_validate_json(wire.whole(answer).body)
    events = TypeAdapter(ResponseStreamEvent)
    for frame in wire.frames(answer, SeenChat("m", (), {}, stream=True)):
        name, data = frame.data.decode().splitlines()[:2]
        event = events.validate_json(data.removeprefix("data: "))
        assert name == f"event: {event.type}"
