"""Cohere's own protocol on both sides, against the bytes of its page and bytes in any cut."""

import contextlib
import json
import random
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_conformance.lab.payload import call, pieces, tokens, tool
from provider_conformance.wires import (
    Answer,
    Call,
    Failure,
    SeenChat,
    SeenMessage,
    SeenRequest,
    Tokens,
)
from provider_sdk import (
    ChatCall,
    ChatStream,
    ContextLengthError,
    HttpReply,
    Message,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    ScriptedSource,
    StreamEnd,
    ToolCall,
    UnsupportedCapabilityError,
    Usage,
)

from ._cohere import HARNESS, PAGE, decoder, dialect

WIRE = HARNESS.wire
DIALECT = dialect.CohereDialect()
MODEL = "command-a-03-2025"
CHAT = SeenChat(MODEL, [], {}, stream=True)
BLOCKS = re.findall(r"```(json|text)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
REQUEST, WHOLE, ERROR, MODELS = (json.loads(text) for kind, text in BLOCKS if kind == "json")
STREAMED, FAILED = (text.encode() for kind, text in BLOCKS if kind == "text")
CITY = '{"city": "Kõln"}'
SCHEMA = {"name": "answer", "schema": {"type": "object"}}
WEATHER = {"name": "weather", "parameters": {"type": "object", "properties": {}}}
PLANNED = {"model": MODEL, "thinking": "They ask for the weather.", "tool_plan": "I will look."}
CALL = ChatCall(
    MODEL,
    (
        Message("system", "Be brief."),
        Message("user", "How warm is it in Kõln?"),
        Message(
            "assistant",
            "",
            (ToolCall.parse("w_1", "weather", CITY),),
            provider_data={"cohere": [PLANNED]},
        ),
        Message("tool", "12 °C", tool_call_id="w_1"),
    ),
    {
        "temperature": 0.5,
        "top_p": 0.75,
        "stop": "END",
        "tools": [{"type": "function", "function": {**WEATHER, "strict": True}}],
        "tool_choice": "none",
        "response_format": {"type": "json_schema", "json_schema": SCHEMA},
    },
    provider="cohere",
)
ASK = ChatCall(MODEL, (Message("user", "Hm?"),), {}, provider="cohere")


def asked(method, path, body=b"", query=""):
    """Return a request as the service sees it."""
    return SeenRequest(method, "", path, query, {}, body)


def replied(body, status=200):
    """Return a reply with this body."""
    return HttpReply(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def sent(*messages, **options):
    """Return the body of a call."""
    found = ChatCall(MODEL, messages or ASK.messages, options, provider="cohere")
    return json.loads(DIALECT.chat_request(found).body)


# The bytes of the protocol's page, which both sides must agree with.


def test_dialect_writes_the_request():
    """Every field of a call stands where the protocol has it."""
    request = DIALECT.chat_request(CALL)
    assert (request.method, request.path) == ("POST", "/v2/chat")
    assert json.loads(request.body) == REQUEST


def test_wire_reads_the_request():
    """The service sees the conversation and the options in the contract's words."""
    seen = WIRE.read_chat(asked("POST", "/v2/chat", json.dumps(REQUEST).encode()))
    said = [(m.role, m.text, list(m.calls), m.answers) for m in seen.messages]
    assert said == [
        ("system", "Be brief.", [], None),
        ("user", "How warm is it in Kõln?", [], None),
        ("assistant", "", [("w_1", "weather", {"city": "Kõln"})], None),
        ("tool", "12 °C", [], "w_1"),
    ]
    assert (seen.model, seen.stream) == (MODEL, False)
    assert seen.options == {
        "temperature": 0.5,
        "top_p": 0.75,
        "stop": ["END"],
        "tools": [{"type": "function", "function": WEATHER}],
        "tool_choice": "none",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"schema": {"type": "object"}},
        },
    }


def test_dialect_reads_the_whole_answer():
    """Text, reasoning, counts and id are those of the body, and the model is the one asked."""
    found = DIALECT.parse_chat(ASK, replied(WHOLE))
    assert (found.text, found.reasoning) == ("12 °C.", "They want a number.")
    assert (found.finish_reason, found.raw_finish_reason) == ("stop", "STOP_SEQUENCE")
    assert found.usage == Usage(519, 12, cached_tokens=448, reasoning_tokens=7)
    assert (found.model, found.request_id) == (MODEL, WHOLE["id"])
    assert found.provider_data == {"cohere": [{"model": MODEL, "thinking": "They want a number."}]}


def test_wire_writes_the_whole_answer():
    """What it scripts is what the page shows."""
    answer = Answer(
        ["12", " °C."],
        "not said",
        reasoning=["They want", " a number."],
        finish_word="STOP_SEQUENCE",
        usage=Tokens(519, 12, cached=448, reasoning=7),
        request_id=WHOLE["id"],
    )
    written = json.loads(WIRE.whole(answer).body)
    assert without_bill(written) == without_bill(WHOLE)
    assert written["usage"]["billed_units"].keys() == WHOLE["usage"]["billed_units"].keys()


def without_bill(body):
    """Return an answer without what is billed, which the kit does not script."""
    usage = {name: value for name, value in body["usage"].items() if name != "billed_units"}
    return {**body, "usage": usage}


async def test_dialect_reads_the_streamed_answer():
    """The events of a stream add up to a call, its plan, and an id."""
    source = ScriptedSource([decoded(STREAMED)])
    found = await ChatStream(source, provider="cohere", model=MODEL).collect()
    assert list(found.tool_calls) == [ToolCall.parse("w_1", "weather", '{"city": "Kõ"}')]
    assert (found.text, found.reasoning) == ("", "I will look.")
    assert (found.finish_reason, found.raw_finish_reason) == ("tool_calls", "TOOL_CALL")
    assert found.usage == Usage(519, 12)
    assert found.request_id == "c0ffee00-0000-4000-8000-000000000002"
    assert found.provider_data == {"cohere": [{"model": MODEL, "tool_plan": "I will look."}]}


def test_wire_writes_the_streamed_answer():
    """Its events are those of the page, but for what is billed and where arguments are cut."""
    answer = Answer(
        (),
        "not said",
        reasoning=["I will", " look."],
        calls=[Call("w_1", "weather", {"city": "Kõ"})],
        finish="tool_calls",
        usage=Tokens(519, 12),
        request_id="c0ffee00-0000-4000-8000-000000000002",
    )
    written = WIRE.stream(WIRE.frames(answer, CHAT)).body
    assert without_values(written) == without_values(STREAMED)
    assert decoded(written)[-1] == StreamEnd()


def without_values(stream):
    """Return the names of the events, and the names of all their fields."""
    return re.findall(rb'^event: .*$|^data: \[.*$|"\w+":', stream, re.MULTILINE)


def test_model_list_is_read_and_written():
    """A page leads to the next one, and says what a model reads."""
    page = DIALECT.parse_models(replied(MODELS))
    assert [(m.id, m.context_window) for m in page.models] == [(MODEL, 288000)]
    assert DIALECT.models_request(page.cursor).path.endswith("&page_token=next%3D1")
    ids = [f"m{number}" for number in range(101)]
    written = json.loads(WIRE.models(ids, asked("GET", "/v1/models")).body)
    assert [len(written["models"]), written["next_page_token"]] == [100, "100"]
    last = json.loads(WIRE.models(ids, asked("GET", "/v1/models", query="page_token=100")).body)
    assert ([m["name"] for m in last["models"]], last.get("next_page_token")) == (["m100"], None)


def test_features_of_a_model_are_told():
    """A model is described by its features, and one without any by nothing."""
    entry = {"name": "a", "features": ["vision", "tools", "json_schema"]}
    page = DIALECT.parse_models(replied({"models": [entry, {"name": "b", "context_length": 7.0}]}))
    told = [(m.input_modalities, m.tools, m.structured_output) for m in page.models]
    assert told == [(("text", "image"), True, True), ((), None, None)]
    assert page.models[1].context_window == 7


def test_error_is_read_and_written():
    """The message says that a prompt is too long; the id names the exchange."""
    error = DIALECT.parse_error(replied(ERROR, 400))
    assert (type(error), error.message) == (ContextLengthError, ERROR["message"])
    assert error.request_id == ERROR["id"]
    reply = WIRE.failure(Failure("context_length", "received 4292", retry_after=2))
    assert (reply.status, reply.headers["retry-after"]) == (400, "2")
    assert json.loads(reply.body)["message"].startswith("too many tokens")


async def test_answer_that_fails_in_a_stream_is_an_error():
    """What had arrived is kept, and the message is the service's."""
    begun = WIRE.stream(WIRE.frames(Answer(["Blue"]), CHAT)[:-2]).body
    source = ScriptedSource([decoded(begun + FAILED)])
    with pytest.raises(ProviderUnavailableError, match=r"^the generation failed\.") as caught:
        await ChatStream(source, provider="cohere", model=MODEL).collect()
    assert caught.value.partial.text == "Blue"
    assert WIRE.failure_frame(Failure("server", "the generation failed")).data == FAILED


# What the page does not show.


@pytest.mark.parametrize(
    ("word", "kind"), [("ERROR", ProviderUnavailableError), ("TIMEOUT", ProviderTimeoutError)]
)
def test_whole_answer_that_failed_is_an_error(word, kind):
    """A successful status does not make an answer of it."""
    with pytest.raises(kind) as caught:
        DIALECT.parse_chat(ASK, replied({**WHOLE, "finish_reason": word}))
    assert caught.value.request_id == WHOLE["id"]


def test_error_with_a_successful_status_is_an_error():
    """Its message is a text, where an answer has an object."""
    with pytest.raises(ProviderResponseError, match="no capacity"):
        DIALECT.parse_chat(ASK, replied({"id": "x", "message": "no capacity"}))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("a Trial key is limited to 10 API calls / minute.", ProviderRateLimitError),
        ("a Trial key is limited to 1000 API calls / month.", ProviderQuotaError),
    ],
)
def test_limit_per_month_is_a_quota(message, kind):
    """Waiting helps for the one limit of a trial key, and not for the other."""
    assert type(DIALECT.parse_error(replied({"message": message}, 429))) is kind


def test_floats_are_counts():
    """The specification has floats where the service sends whole numbers."""
    tokens = {"input_tokens": 12.0, "output_tokens": 3.0}
    found = DIALECT.parse_chat(ASK, replied({**WHOLE, "usage": {"tokens": tokens}}))
    assert found.usage == Usage(12, 3)


def test_bill_is_not_usage():
    """An answer that says only what is billed does not say how many tokens it had."""
    usage = {"billed_units": {"input_tokens": 12, "output_tokens": 3}}
    assert DIALECT.parse_chat(ASK, replied({**WHOLE, "usage": usage})).usage is None


def test_single_tool_is_refused():
    """The protocol cannot name the tool that the model must call."""
    choice = {"type": "function", "function": {"name": "weather"}}
    with pytest.raises(UnsupportedCapabilityError, match="by its name"):
        sent(tools=[tool("weather")], tool_choice=choice)


def test_system_texts_lead():
    """The service wants its one system message first; each text keeps its place among them."""
    first, *others = sent(
        Message("user", "Hm?"), Message("system", "Be brief."), Message("system", "Be kind.")
    )["messages"]
    assert first["role"] == "system"
    assert [part["text"] for part in first["content"]] == ["Be brief.", "Be kind."]
    assert others == [{"role": "user", "content": "Hm?"}]


def test_turn_that_says_nothing_is_left_out():
    """The service rejects empty turns; the result of a tool may be empty."""
    calls = (ToolCall.parse("w_1", "weather", "{}"),)
    turns = sent(
        Message("system", ""),
        Message("user", "Hm?"),
        Message("assistant", ""),
        Message("assistant", "", calls),
        Message("tool", "", tool_call_id="w_1"),
    )["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "tool"]
    assert turns[-1]["content"] == ""
    assert "content" not in turns[1]


def test_thinking_can_be_turned_off():
    """That is the one effort which the protocol knows."""
    assert sent(reasoning_effort="none")["thinking"] == {"type": "disabled"}


@pytest.mark.parametrize("effort", ["minimal", "low", "high", "max", "sometimes"])
def test_other_efforts_are_refused(effort):
    """A budget of tokens is no effort, so none is made up."""
    with pytest.raises(UnsupportedCapabilityError, match="token_budget"):
        sent(reasoning_effort=effort)


def test_budget_is_sent_as_it_is():
    """Who knows the protocol can set what the contract has no word for."""
    thinking = {"type": "enabled", "token_budget": 2048}
    assert sent(extra_body={"thinking": thinking})["thinking"] == thinking


def test_state_goes_back_to_its_model_only():
    """Another model did not think so."""
    turn = Message("assistant", "12 °C.", provider_data={"cohere": [PLANNED | {"model": "other"}]})
    assert sent(turn)["messages"] == [{"role": "assistant", "content": "12 °C."}]


def test_reasoning_of_a_callers_own_dict_goes_back():
    """It stands in the conversation as ``reasoning_content``."""
    state = {"cohere": [{"reasoning_content": "Hm."}]}
    (turn,) = sent(Message("assistant", "Yes.", provider_data=state))["messages"]
    assert turn["content"] == [
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "Yes."},
    ]


def test_image_keeps_its_place_and_its_detail():
    """Parts of a message stay in their order."""
    image = {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64,aGk=", "detail": "low"},
    }
    parts = ({"type": "text", "text": "Before."}, image, {"type": "text", "text": "After."})
    (turn,) = sent(Message("user", parts))["messages"]
    assert turn["content"] == list(parts)


@pytest.mark.parametrize("role", ["system", "assistant", "tool"])
def test_image_elsewhere_is_refused(role):
    """Only a user's message may hold one."""
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    with pytest.raises(UnsupportedCapabilityError, match=role):
        sent(Message(role, (image,), tool_call_id="w_1" if role == "tool" else None))


@pytest.mark.parametrize(
    "change",
    [
        {"model": None},
        {"messages": []},
        {"messages": [{"role": "developer2", "content": "x"}]},
        {"messages": [{"role": "tool", "content": "x"}]},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "user", "content": 7}]},
        {"stop_sequences": "END"},
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"tools": [{"type": "function", "function": {**WEATHER, "strict": True}}]},
        {"tools": [], "tool_choice": "NONE"},
        {"tool_choice": "auto"},
        {"response_format": {"type": "json_schema"}},
    ],
    ids=lambda change: "-".join(change),
)
def test_wire_refuses_what_the_service_refuses(change):
    """A request that is not valid in the protocol is not read."""
    body = json.dumps({**REQUEST, **change}).encode()
    with pytest.raises((ValueError, KeyError)):
        WIRE.read_chat(asked("POST", "/v2/chat", body))


# The decoder.


def rich_stream(rng):
    """Return a stream with everything that a stream can hold."""
    answer = Answer(
        [*pieces(rng), "\r\n", ""],
        MODEL,
        calls=[call(rng), call(rng)],
        reasoning=pieces(rng),
        finish="tool_calls",
        usage=tokens(rng),
        extra={"mood": ["cheerful"]},
    )
    frames = WIRE.frames(answer, CHAT)
    noise = b"".join(frame.data for frame in WIRE.noise(answer))
    return noise.join(frame.data for frame in frames)


def decoded(*chunks):
    """Return the events that these bytes give."""
    reader = decoder.CohereStreamDecoder(ASK)
    events = [event for chunk in chunks for event in reader.feed(chunk)]
    return [*events, *reader.flush()]


STREAM = rich_stream(random.Random(7))
EVENTS = decoded(STREAM)


def test_unsplit_stream_comes_to_its_end():
    """The oracle of the tests below is a whole answer."""
    assert EVENTS[-1] == StreamEnd()


def test_single_bytes_change_nothing():
    """Bytes that come one by one give the same events."""
    assert decoded(*(bytes([byte]) for byte in STREAM)) == EVENTS


@given(st.lists(st.integers(0, len(STREAM))))
def test_any_partition_changes_nothing(cuts):
    """However the bytes are cut, empty chunks included, the events are the same."""
    edges = [0, *sorted(cuts), len(STREAM)]
    assert decoded(*(STREAM[a:b] for a, b in pairwise(edges))) == EVENTS


@given(st.binary(), st.integers(0, len(STREAM)))
def test_any_bytes_are_events(junk, place):
    """Whatever stands in a stream, the decoder raises nothing."""
    assert isinstance(decoded(STREAM[:place] + junk + STREAM[place:]), list)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.sampled_from(["message-start", "content-delta", "tool-call-delta", "message-end"]), _JSON)
def test_any_event_is_read(kind, delta):
    """An event that has another form than the protocol's gives events, or junk."""
    event = json.dumps({"type": kind, "index": delta, "id": delta, "delta": delta})
    assert isinstance(decoded(f"data: {event}\n\n".encode()), list)


@given(_JSON, _JSON)
def test_any_whole_answer_is_read_or_refused(message, usage):
    """A body that has another form gives an answer, or an error of the contract."""
    body = {"id": "x", "message": message, "finish_reason": "COMPLETE", "usage": usage}
    with contextlib.suppress(ProviderResponseError):
        assert DIALECT.parse_chat(ASK, replied(body)).model == MODEL


def test_seen_message_has_its_parts():
    """The service sees images and texts in their order."""
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    body = {"model": MODEL, "messages": [{"role": "user", "content": parts}]}
    seen = WIRE.read_chat(asked("POST", "/v2/chat", json.dumps(body).encode()))
    assert isinstance(seen.messages[0], SeenMessage)
    assert seen.messages[0].text == "ab"
