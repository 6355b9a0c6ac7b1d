"""The vendors' own clients understand the scripted service: strangers that prove our wire."""

import json
import random

import openai
import pytest
from huggingface_hub import AsyncInferenceClient, HfApi, errors
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from provider_conformance import OpenAIWire, Service
from provider_conformance.drivers import SocketDriver
from provider_conformance.lab.payload import call, pieces, sentence, tool
from provider_conformance.lab.refusals import PIXEL
from provider_conformance.wires._answer import Answer, Call, Failure, SeenChat, Tokens

from ._vendors import QUESTION, TOKEN, VENDORS, counts, desk_of

KINDS = tuple(VENDORS["openai"].raises)
ASK_USAGE = {"stream_options": {"include_usage": True}}
COUNTS = Tokens(prompt=431, completion=1207, total=1638, cached=256, reasoning=640)
SEED = random.SystemRandom().randrange(10**6)


@pytest.fixture
def rng():
    """Return a source of chance whose seed a failure shows."""
    print(f"seed {SEED}")
    return random.Random(SEED)


@pytest.fixture(params=VENDORS)
def desk(request, rng):
    """Return each vendor's client with a service of its own."""
    with desk_of(request.param, rng) as desk:
        yield desk


@pytest.fixture
def openai_desk(rng):
    """Return OpenAI's client with a service of its own."""
    with desk_of("openai", rng) as desk:
        yield desk


@pytest.fixture
def hub(rng):
    """Return the address of a service with the Hub's token check, and the service."""
    service = Service(OpenAIWire(token_path="/api/whoami-v2"), TOKEN, rng)
    with SocketDriver(service) as driver:
        yield driver.address, service


def test_whole_text_is_exact(desk, rng):
    """A whole answer's text arrives to the letter, with the model that answered."""
    answer = Answer(pieces(rng), model="org/other")
    desk.service.reply_next(answer)
    response = desk.ask()
    assert (response.choices[0].message.content, response.model) == (answer.text, "org/other")


def test_streamed_text_is_exact(desk, rng):
    """A streamed answer's text arrives piece by piece as it was scripted."""
    answer = Answer(pieces(rng))
    desk.service.reply_next(answer)
    assert [d.content for d in desk.deltas() if d.content] == list(answer.pieces)


async def test_async_clients_stream_the_same(rng):
    """The vendors' asynchronous clients read the same stream as their blocking ones."""
    answer = Answer(pieces(rng))
    service = Service(OpenAIWire(), TOKEN, rng)
    service.reply_always(answer, "chat")
    with SocketDriver(service) as driver:
        base_url = f"{driver.address}/v1"
        heard = []
        for kind in (openai.AsyncOpenAI, AsyncInferenceClient):
            async with kind(base_url=base_url, api_key=TOKEN, timeout=10) as client:
                stream = await client.chat.completions.create(
                    model="org/model", messages=QUESTION, stream=True
                )
                heard.append([c.choices[0].delta.content or "" async for c in stream])
    assert ["".join(texts) for texts in heard] == [answer.text, answer.text]


def test_noise_says_nothing(desk, rng):
    """Comments and chunks without news between the pieces change no text."""
    answer = Answer(pieces(rng))

    def noisy(request):
        wire = desk.service.wire
        frames = wire.frames(answer, wire.read_chat(request))
        return wire.stream([f for frame in frames for f in (*wire.noise(answer), frame)])

    desk.service.reply_next(noisy)
    assert "".join(d.content or "" for d in desk.deltas()) == answer.text


def test_whole_usage_is_exact(desk):
    """A whole answer reports each count where the vendor looks for it."""
    desk.service.reply_next(Answer(["a"], usage=COUNTS))
    assert counts(desk.ask().usage) == (431, 1207, 1638, 256, 640)


def test_streamed_usage_is_exact(desk):
    """Usage that a stream is asked for comes once, in its last chunk, whose choices are empty."""
    desk.service.reply_next(Answer(["a", "b"], usage=COUNTS))
    chunks = desk.chunks(**ASK_USAGE)
    assert [i for i, c in enumerate(chunks) if c.usage] == [len(chunks) - 1]
    assert (list(chunks[-1].choices), counts(chunks[-1].usage)) == ([], (431, 1207, 1638, 256, 640))


def test_usage_comes_only_when_asked_for(desk):
    """A stream that is not asked for usage reports none."""
    desk.service.reply_next(Answer(["a", "b"], usage=COUNTS))
    assert [chunk.usage for chunk in desk.chunks() if chunk.usage] == []


def test_whole_calls_are_exact(desk, rng):
    """Parallel calls of a whole answer keep id, name, arguments and order."""
    answer = Answer(calls=[call(rng), call(rng)], finish="tool_calls")
    desk.service.reply_next(answer)
    message = desk.ask().choices[0].message
    made = [(c.id, c.function.name, c.function.arguments) for c in message.tool_calls]
    assert made == [(c.id, c.name, c.arguments_text) for c in answer.calls]
    assert message.content is None


def test_streamed_calls_are_exact(desk, rng):
    """Fragments of parallel calls add up by index; id and name come with the first of each."""
    answer = Answer(calls=[call(rng), call(rng)], finish="tool_calls")
    desk.service.reply_next(answer)
    made = {}
    for delta in desk.deltas():
        for part in delta.tool_calls or ():
            whole = made.setdefault(part.index, [part.id, part.function.name, ""])
            whole[2] += part.function.arguments
    assert list(made.values()) == [[c.id, c.name, c.arguments_text] for c in answer.calls]


def test_openais_accumulator_adds_calls_up(openai_desk, rng):
    """OpenAI's own stream helper adds the fragments of a call up to its arguments."""
    made = call(rng)
    openai_desk.service.reply_next(Answer(calls=[made], finish="tool_calls"))
    helper = openai_desk.client.chat.completions.stream(model="org/model", messages=QUESTION)
    with helper as stream:
        final = stream.get_final_completion()
    found = final.choices[0].message.tool_calls[0]
    assert (found.id, json.loads(found.function.arguments)) == (made.id, dict(made.arguments))


def test_reasoning_is_exact(desk, rng):
    """Reasoning arrives apart from the text, whole and streamed, in the vendor's field."""
    answer = Answer(["so"], reasoning=pieces(rng))
    desk.service.reply_next(answer, answer)
    field = desk.vendor.reasoning
    message = desk.ask().choices[0].message
    assert (getattr(message, field), message.content) == ("".join(answer.reasoning), "so")
    streamed = [getattr(delta, field, None) for delta in desk.deltas()]
    assert [piece for piece in streamed if piece] == list(answer.reasoning)


def test_refusal_is_exact(desk, rng):
    """A refusal's words arrive in their own field, whole and streamed."""
    words = sentence(rng)
    desk.service.reply_next(Answer(refusal=words), Answer(refusal=words))
    message = desk.ask().choices[0].message
    assert (message.refusal, message.content) == (words, None)
    assert [r for d in desk.deltas() if (r := getattr(d, "refusal", None))] == [words]


@pytest.mark.parametrize("finish", ["stop", "length", "tool_calls", "content_filter"])
def test_finish_reasons_are_the_vendors(desk, finish):
    """Each finish reason arrives by the vendor's word, whole and streamed."""
    calls = [Call("id", "look", {})] if finish == "tool_calls" else []
    answer = Answer(["a"], calls=calls, finish=finish)
    desk.service.reply_next(answer, answer)
    assert desk.ask().choices[0].finish_reason == finish
    reasons = [c.choices[0].finish_reason for c in desk.chunks()]
    assert [reason for reason in reasons if reason] == [finish]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_failures_are_the_vendors(desk, rng, kind, stream):
    """Each failure is the vendor's own exception, with the service's words."""
    words = sentence(rng)
    desk.service.reply_next(Failure(kind, words))
    with pytest.raises(desk.vendor.raises[kind]) as raised:
        desk.ask(stream=stream)
    assert says(raised.value, words)


def says(error, words):
    """Return whether an error has these words; huggingface_hub shows them as ``repr`` does."""
    return words in str(error) or repr(words)[1:-1] in str(error)


def test_failure_in_a_stream_is_raised(desk, rng):
    """An error inside a stream is raised with the service's words, after the text before it."""
    words = sentence(rng)

    def failing(request):
        wire = desk.service.wire
        start = wire.frames(Answer(["so far"]), wire.read_chat(request))[:2]
        return wire.stream([*start, wire.failure_frame(Failure("overloaded", words))])

    desk.service.reply_next(failing)
    heard = []
    with pytest.raises(desk.vendor.in_stream) as raised:
        heard.extend(chunk.choices[0].delta.content for chunk in desk.ask(stream=True))
    assert (heard, says(raised.value, words)) == (["", "so far"], True)


def test_error_names_type_and_code(openai_desk):
    """OpenAI's client finds an error's type and code."""
    openai_desk.service.reply_next(Failure("context_length", "too long"))
    with pytest.raises(openai.BadRequestError) as raised:
        openai_desk.ask()
    error = raised.value
    assert (error.type, error.code) == ("invalid_request_error", "context_length_exceeded")


def test_request_id_is_found(openai_desk):
    """OpenAI's client finds the service's id of an exchange."""
    openai_desk.service.reply_next(Answer(["a"], request_id="req_42"))
    assert openai_desk.ask()._request_id == "req_42"


def test_openai_waits_as_told(openai_desk):
    """OpenAI's client obeys the service's Retry-After and gets the answer."""
    service = openai_desk.service
    service.reply_next(Failure("rate_limit", "slow down", retry_after=0.01), Answer(["at last"]))
    client = openai_desk.client.with_options(max_retries=1)
    response = client.chat.completions.create(model="org/model", messages=QUESTION)
    assert (response.choices[0].message.content, len(service.requests())) == ("at last", 2)


def test_wrong_token_is_rejected(openai_desk):
    """A client with another token is turned away without a script."""
    client = openai_desk.client.with_options(api_key="hf_other")
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="org/model", messages=QUESTION)


def test_token_check_knows_the_token(hub):
    """The Hub's own client reads the account behind a good token."""
    address, _ = hub
    assert HfApi(endpoint=address, token=TOKEN).whoami()["name"] == "conformance"


def test_token_check_rejects_another(hub):
    """The Hub's own client is told that another token is not valid."""
    address, _ = hub
    with pytest.raises(errors.HfHubHTTPError) as raised:
        HfApi(endpoint=address, token="hf_other").whoami()
    assert raised.value.response.status_code == 401


def test_models_are_listed(openai_desk):
    """OpenAI's client reads the ids of the model list, in its order."""
    models = list(openai_desk.client.models.list())
    assert [model.id for model in models] == openai_desk.service.model_ids
    assert {model.object for model in models} == {"model"}


def test_options_are_read(desk):
    """What a client is told about sampling, tools and format is what the service reads."""
    told = {
        "temperature": 0.3,
        "top_p": 0.9,
        "max_tokens": 77,
        "seed": 11,
        "stop": ["END", "FIN"],
        "tools": [tool("look", "where")],
        "tool_choice": {"type": "function", "function": {"name": "look"}},
        "response_format": {"type": "json_object"},
    }
    desk.ask(**told)
    seen = desk.service.chats()[-1]
    assert (seen.model, seen.options, seen.stream) == ("org/model", told, False)


def test_wishes_for_streams_are_read(desk):
    """The service reads whether a stream, and usage within it, was asked for."""
    desk.chunks()
    desk.chunks(**ASK_USAGE)
    seen = [(chat.stream, chat.wants_usage) for chat in desk.service.chats()]
    assert seen == [(True, False), (True, True)]


def test_conversations_are_read(desk, rng):
    """Roles, texts, images, calls and their answers are read in order."""
    words = [sentence(rng) for _ in range(4)]
    function = {"name": "look", "arguments": '{"at": "ä"}'}
    desk.ask(
        [
            {"role": "system", "content": words[0]},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": words[1]},
                    {"type": "image_url", "image_url": {"url": PIXEL}},
                ],
            },
            {
                "role": "assistant",
                "content": words[2],
                "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": words[3]},
        ]
    )
    system, user, turn, result = desk.service.chats()[-1].messages
    assert [m.role for m in (system, user, turn, result)] == ["system", "user", "assistant", "tool"]
    assert [m.text for m in (system, user, turn, result)] == words
    assert list(user.images) == [PIXEL]
    assert list(turn.calls) == [("call_1", "look", {"at": "ä"})]
    assert result.answers == "call_1"


def test_credential_is_read(desk):
    """The service finds the token where the client puts it."""
    desk.ask()
    assert desk.service.wire.credential_of(desk.service.requests()[-1]) == TOKEN


@pytest.mark.parametrize("calls", [0, 2])
def test_bodies_fit_openais_schema(rng, calls):
    """Every body and every event is valid by OpenAI's own types, checked strictly."""
    wire = OpenAIWire()
    made = [call(rng) for _ in range(calls)]
    finish = "tool_calls" if calls else "length"
    answer = Answer(pieces(rng), "m", pieces(rng), calls=made, finish=finish, usage=COUNTS)
    chat = SeenChat("m", (), {}, stream=True, wants_usage=True)
    ChatCompletion.model_validate_json(wire.whole(answer).body, strict=True)
    events = [frame.data for frame in wire.frames(answer, chat)]
    assert events.pop() == b"data: [DONE]\n\n"
    for event in events:
        ChatCompletionChunk.model_validate_json(event.removeprefix(b"data: "), strict=True)
