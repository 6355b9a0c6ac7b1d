"""The invented protocol on both sides, against the bytes of its page and bytes in any cut."""

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
    HttpReply,
    Message,
    ProviderOverloadedError,
    ScriptedSource,
    StreamEnd,
    ToolCall,
    Usage,
)
from provider_sdk.decoding import MAX_LINE_BYTES, DecodeLimitError

from ._tagline import FILE, HARNESS, decoder, dialect

WIRE = HARNESS.wire
CHAT = SeenChat("tagline/large", [], {}, stream=True)


# The bytes of the protocol's page, which both sides must agree with.

PAGE = (FILE.parents[1] / "tagline.md").read_text(encoding="utf-8")
REQUEST, WHOLE, STREAMED, MODELS, ERROR = (
    block.encode() for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
)
CALL = ChatCall(
    "tagline/large",
    (
        Message("system", "Be brief."),
        Message("user", "100 % sure?\nYes."),
        Message(
            "assistant", "Let me look.", (ToolCall.parse("c 1", "weather", '{"city": "Kõln"}'),)
        ),
        Message("tool", "rain", tool_call_id="c 1"),
    ),
    {"temperature": 0.5, "tools": [tool("weather")], "extra_body": {"mood": None}},
)
ANSWER = Answer(
    ["100", " % sure.\n"],
    "tagline/large-2",
    calls=[Call("c 1", "weather", {"city": "Kõln"})],
    finish="tool_calls",
    usage=Tokens(12, 34, cached=5),
)
DIALECT = dialect.TaglineDialect()


def asked(method, path, body=b"", query=""):
    """Return a request as the service sees it."""
    return SeenRequest(method, "", path, query, {}, body)


def is_the_answer(response):
    """Whether a response says what the page says."""
    assert response.text == "100 % sure.\n"
    assert list(response.tool_calls) == [ToolCall.parse("c 1", "weather", '{"city": "Kõln"}')]
    assert response.usage == Usage(12, 34, cached_tokens=5)
    assert (response.finish_reason, response.raw_finish_reason) == ("tool_calls", "calls")
    assert response.model == "tagline/large-2"
    return True


def test_dialect_writes_the_request():
    """Settings, tools and turns stand in their lines, with what must be encoded encoded."""
    request = DIALECT.chat_request(CALL)
    assert (request.method, request.path) == ("POST", "/chat")
    assert request.body.decode() == REQUEST.decode()


def test_wire_reads_the_request():
    """The service sees the conversation and the options in the contract's words."""
    seen = WIRE.read_chat(asked("POST", "/chat", REQUEST))
    assert seen.messages == [
        SeenMessage("system", "Be brief."),
        SeenMessage("user", "100 % sure?\nYes."),
        SeenMessage("assistant", "Let me look.", calls=[("c 1", "weather", {"city": "Kõln"})]),
        SeenMessage("tool", "rain", answers="c 1"),
    ]
    assert seen.options == {"temperature": 0.5, "tools": [tool("weather")]}
    assert (seen.model, seen.stream, seen.body["mood"]) == ("tagline/large", False, None)


def test_dialect_reads_the_whole_answer():
    """What is said about the text stands before it, and the text as it is."""
    assert is_the_answer(DIALECT.parse_chat(CALL, HttpReply(200, {}, WHOLE)))


async def test_dialect_reads_the_streamed_answer():
    """The events of a stream add up to the same answer."""
    source = ScriptedSource([decoded(STREAMED)])
    assert is_the_answer(await ChatStream(source, provider="tagline", model="").collect())


def test_wire_writes_the_answer():
    """Whole and streamed it is what the page shows."""
    assert WIRE.whole(ANSWER).body == WHOLE
    assert WIRE.stream(WIRE.frames(ANSWER, CHAT)).body == STREAMED


def test_model_list_is_read_and_written():
    """A page leads to the next one."""
    page = DIALECT.parse_models(HttpReply(200, {}, MODELS))
    assert ([model.id for model in page.models], page.cursor) == (
        ["tagline/large", "tagline/small"],
        "100",
    )
    assert DIALECT.models_request(page.cursor).path == "/models?from=100"
    ids = ["tagline/large", "tagline/small", *map(str, range(99))]
    written = WIRE.models(ids, asked("GET", "/models")).body
    assert written.split(b"\n")[:2] == MODELS.split(b"\n")[:2]
    assert written.endswith(b"\nmore 100\n")
    assert WIRE.models(ids, asked("GET", "/models", query="from=100")).body == b"model 98\nend\n"


def test_error_is_read_and_written():
    """A line says what went wrong."""
    error = DIALECT.parse_error(HttpReply(503, {}, ERROR))
    assert (type(error), error.message) == (ProviderOverloadedError, "too many conversations")
    reply = WIRE.failure(Failure("overloaded", "too many conversations", retry_after=2))
    assert (reply.status, reply.headers["retry-after"], reply.body) == (503, "2", ERROR)


def test_unknown_code_is_judged_by_its_status():
    """A code that is newer than the dialect keeps its words."""
    reply = HttpReply(503, {}, b"error siesta back at five\n")
    error = DIALECT.parse_error(reply)
    assert (type(error), error.message) == (ProviderOverloadedError, "back at five")


# The decoder.


def rich_stream(rng):
    """Return a stream with everything that a stream can hold."""
    answer = Answer(
        ["100 %", "\r\n", *pieces(rng), ""],
        "tagline/large",
        calls=[call(rng), call(rng)],
        finish="tool_calls",
        usage=tokens(rng),
        running_usage=[tokens(rng)],
        extra={"mood": ["cheerful"]},
    )
    frames = WIRE.frames(answer, CHAT)
    noise = b"".join(frame.data for frame in WIRE.noise(answer))
    return noise.join(frame.data for frame in frames)


def decoded(*chunks):
    """Return the events that these bytes give."""
    lines = decoder.TaglineDecoder()
    events = [event for chunk in chunks for event in lines.feed(chunk)]
    return [*events, *lines.flush()]


STREAM = rich_stream(random.Random(7))
EVENTS = decoded(STREAM)


def test_unsplit_stream_comes_to_its_end():
    """The oracle of the tests below is a whole answer."""
    assert EVENTS[-1] == StreamEnd()


@pytest.mark.parametrize(
    "data", [STREAM, STREAM.replace(b"\n", b"\r\n"), STREAM.replace(b"\n", b"\r")]
)
def test_each_single_split_changes_nothing(data):
    """Wherever the bytes are cut once, the events are the same."""
    changed = [n for n in range(len(data)) if decoded(data[:n], data[n:]) != EVENTS]
    assert changed == []


def test_single_bytes_change_nothing():
    """Bytes that come one by one give the same events."""
    assert decoded(*(bytes([byte]) for byte in STREAM)) == EVENTS


@given(st.lists(st.integers(0, len(STREAM))))
def test_any_partition_changes_nothing(cuts):
    """However the bytes are cut, empty chunks included, the events are the same."""
    edges = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[a:b] for a, b in pairwise(edges)]
    assert decoded(*chunks) == EVENTS


@given(st.binary(), st.integers(0, len(STREAM)))
def test_any_bytes_are_events(junk, place):
    """Whatever stands in a stream, the decoder raises nothing."""
    assert isinstance(decoded(STREAM[:place] + junk + STREAM[place:]), list)


def test_line_without_end_is_bounded():
    """A service that never ends its line does not fill the memory."""
    with pytest.raises(DecodeLimitError):
        decoded(*[b"a" * 2**20] * (MAX_LINE_BYTES // 2**20 + 2))


@pytest.mark.parametrize("framing", WIRE.framings([STREAM]), ids=lambda framing: framing.name)
def test_framings_mean_the_same(framing):
    """What the wire calls another way to write the same is read as the same."""
    assert decoded(*framing.events) == EVENTS
