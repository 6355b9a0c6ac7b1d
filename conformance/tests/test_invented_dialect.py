"""The dialect of the invented protocol, against bytes written by hand and bytes in any cut."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_conformance._payload import call, pieces, tokens, tool
from provider_conformance.wires import Answer, Failure, SeenChat
from provider_sdk import (
    ChatCall,
    HttpReply,
    Message,
    ProviderOverloadedError,
    StreamEnd,
    ToolCall,
    Usage,
)
from provider_sdk.decoding import MAX_LINE_BYTES, DecodeLimitError

from ._tagline import HARNESS, answers, dialect

WIRE = HARNESS.wire
CHAT = SeenChat("tagline/large", [], {}, stream=True)


# Bytes written by hand.


def test_request_is_what_the_guide_shows():
    """Settings, tools and turns stand in their lines, with what must be encoded encoded."""
    made = ToolCall.parse("c 1", "weather", '{"city": "Kõln"}')
    call = ChatCall(
        "tagline/large",
        (
            Message("system", "Be brief."),
            Message("user", "100 % sure?\nYes."),
            Message("assistant", "", (made,)),
            Message("tool", "rain", tool_call_id="c 1"),
        ),
        {"temperature": 0.5, "tools": [tool("weather")], "extra_body": {"mood": None}},
    )
    request = dialect.TaglineDialect().chat_request(call)
    assert (request.method, request.path) == ("POST", "/chat")
    first, *rest = request.body.decode().split("\n")
    assert first == 'set model "tagline/large"'
    assert [line for line in rest if not line.startswith("tool ")] == [
        "set stream false",
        "set temperature 0.5",
        "set mood null",
        "system Be brief.",
        "user 100 %25 sure?%0AYes.",
        "assistant ",
        'call c%201 weather {"city": "Kõln"}',
        "result c%201 rain",
        "",
    ]


def test_whole_answer_is_read_from_bytes():
    """What is said about the text stands before it, and the text as it is."""
    body = (
        "model tagline/large-2\n"
        'call c%201 weather {"city": "Kõln"}\n'
        "usage read=12 written=34 cached=5\n"
        "finish calls\n"
        "bytes 12\n"
        "\n"
        "100 % sure.\n"
    ).encode()
    call = ChatCall("tagline/large", (), {})
    response = dialect.TaglineDialect().parse_chat(call, HttpReply(200, {}, body))
    assert response.text == "100 % sure.\n"
    assert response.tool_calls == [ToolCall.parse("c 1", "weather", '{"city": "Kõln"}')]
    assert response.usage == Usage(12, 34, cached_tokens=5)
    assert (response.finish_reason, response.raw_finish_reason) == ("tool_calls", "calls")
    assert response.model == "tagline/large-2"


def test_unknown_code_is_judged_by_its_status():
    """A code that is newer than the dialect keeps its words."""
    reply = HttpReply(503, {}, b"error siesta back at five\n")
    error = dialect.TaglineDialect().parse_error(reply)
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
    decoder = answers.TaglineDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return [*events, *decoder.flush()]


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


# The wire, against bytes written by hand.


def test_error_line_is_the_protocols():
    """An error is a code of the protocol and the words, line ends encoded."""
    reply = WIRE.failure(Failure("overloaded", "too\nbusy", retry_after=2))
    assert (reply.status, reply.body) == (503, b"error busy too%0Abusy\n")
    assert reply.headers == {"content-type": "text/x-tagline", "retry-after": "2"}
