"""The decoder of streams: any cut, hostile bytes, bounded work."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_anthropic import AnthropicDialect
from provider_sdk import ChatCall, Delta, Message, StreamEnd, StreamFailure, StreamJunk

from ._api import error, events_of, message, text, thinking, tool_use

ANSWER = message(
    thinking("Hm 🙂."),
    text("Blau — ä <think>"),
    {"type": "redacted_thinking", "data": "eA=="},
    tool_use("t1", at="ü", deep=[1, {"a": None}]),
    stop="tool_use",
    usage={"input_tokens": 3, "output_tokens": 5},
)
BODY = b"".join(
    b"event: %b\ndata: %b\n\n"
    % (event["type"].encode(), json.dumps(event, ensure_ascii=False).encode())
    for event in events_of(ANSWER)
)


def decoded(*pieces):
    """Return all events of a stream that arrives in these pieces."""
    call = ChatCall("m", (Message("user", "?"),), {}, stream=True, provider="claude")
    decoder = AnthropicDialect().stream_decoder(call)
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.flush()


def test_every_cut():
    """A cut at any byte changes no event."""
    whole = decoded(BODY)

    for cut in range(len(BODY)):
        assert decoded(BODY[:cut], BODY[cut:]) == whole, cut


def test_single_bytes():
    """All bytes alone change no event."""
    assert decoded(*(bytes([byte]) for byte in BODY)) == decoded(BODY)


@settings(max_examples=100, deadline=None)
@given(
    cuts=st.lists(st.integers(0, len(BODY)), max_size=40),
    ending=st.sampled_from([b"\n", b"\r\n", b"\r"]),
)
def test_partitions(cuts, ending):
    """Any partition, with any line ends, changes no event."""
    body = BODY.replace(b"\n", ending)
    places = [0, *sorted(cuts), len(body)]
    pieces = [body[begin:end] for begin, end in itertools.pairwise(places)]

    assert decoded(*pieces) == decoded(BODY)


@pytest.mark.parametrize(
    "data",
    [
        "7",
        '"text"',
        "[]",
        "null",
        '{"type":"content_block_delta","delta":7}',
        "<html>",
        '{"type": ',
        "[" * 100_000,
    ],
)
def test_junk(data):
    """What is not an event of the protocol is junk, never an exception."""
    assert [type(event) for event in decoded(f"data: {data}\n\n".encode())] == [StreamJunk]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "thinking", "index", "input", "id", "name", "usage"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
_TYPES = sorted({event["type"] for event in events_of(ANSWER)} | {"ping", "error", "later"})


@settings(max_examples=300, deadline=None)
@given(
    events=st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(_TYPES)},
            optional=dict.fromkeys(
                ("index", "delta", "content_block", "message", "usage", "error"), _VALUES
            ),
        ),
        max_size=12,
    )
)
def test_hostile_values(events):
    """Values of any type in any field never raise."""
    decoded(*(f"data: {json.dumps(event)}\n\n".encode() for event in events))


def test_type_in_the_event_line_only():
    """A gateway may name the type in the `event:` line only."""
    bare = b"".join(
        b"event: %b\ndata: %b\n\n"
        % (
            event["type"].encode(),
            json.dumps(
                {n: v for n, v in event.items() if n != "type"}, ensure_ascii=False
            ).encode(),
        )
        for event in events_of(ANSWER)
    )

    assert decoded(bare) == decoded(BODY)


def test_terminator_of_another_protocol():
    """`[DONE]`, which gateways add, ends the stream."""
    start = json.dumps(events_of(ANSWER)[0]).encode()

    assert decoded(b"data: %b\n\ndata: [DONE]\n\n" % start)[-1] == StreamEnd()


def test_blank_events_say_nothing():
    """Blank events, which keep connections alive, are no junk."""
    assert decoded(b"data: \n\ndata:  \n\n") == []


def test_change_of_a_message_without_a_reason():
    """A change of the message that names no reason does not end the answer."""
    event = {"type": "message_delta", "delta": {"stop_reason": None}}

    assert decoded(f"data: {json.dumps(event)}\n\n".encode()) == [Delta()]


def test_state_belongs_to_a_provider():
    """A call that names no provider, to the dialect alone, keeps no state."""
    call = ChatCall("m", (Message("user", "?"),), {}, stream=True)
    events = AnthropicDialect().stream_decoder(call).feed(BODY)

    assert all(event.provider_data is None for event in events if isinstance(event, Delta))
    assert decoded(BODY)[-2].provider_data is not None


def test_error_that_is_text():
    """An error event whose data is not JSON is an error with that text."""
    (event,) = decoded(b"event: error\ndata: upstream timed out\n\n")

    assert type(event) is StreamFailure
    assert "upstream timed out" in event.error.message


def test_text_held_back_comes_before_an_error():
    """What looked like the beginning of a tag is text, if the stream fails after it."""
    start, opened, *_ = events_of(message("<thi"))
    delta = {"type": "content_block_delta", "index": 0}
    piece = {**delta, "delta": {"type": "text_delta", "text": "<thi"}}
    body = [
        f"data: {json.dumps(e)}\n\n".encode() for e in (start, opened, piece, error("api_error"))
    ]

    *_, held, failure = decoded(*body)

    assert held.text == "<thi"
    assert type(failure) is StreamFailure


@pytest.mark.parametrize("kind", ["thinking", "partial_json", "content"])
def test_work_is_linear(kind):
    """Many small pieces of what is kept for the next turn are joined once."""
    types = {
        "thinking": ("thinking", "thinking_delta"),
        "partial_json": ("server_tool_use", "input_json_delta"),
        "content": ("compaction", "compaction_delta"),
    }
    block, delta = types[kind]
    opened = {"type": "content_block_start", "index": 0, "content_block": {"type": block}}
    piece = {"type": "content_block_delta", "index": 0, "delta": {"type": delta, kind: "x" * 50}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    line = f"data: {json.dumps(piece)}\n\n".encode()
    pieces = [f"data: {json.dumps(opened)}\n\n".encode(), line * 40_000]

    *_, last = decoded(*pieces, f"data: {json.dumps(end)}\n\n".encode())

    assert last.finish_reason == "stop"
    assert len(json.dumps(last.provider_data)) > (0 if kind == "partial_json" else 2_000_000)


def test_a_message_that_starts_twice_is_one():
    """Some proxies repeat the first event; its usage counts, its content does not come again."""
    start = {"type": "message_start", "message": {"id": "m1", "content": [text("Blue.")]}}
    again = {**start, "message": {**start["message"], "usage": {"input_tokens": 7}}}
    body = b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in (start, again))

    deltas = [event for event in decoded(body) if isinstance(event, Delta)]

    assert "".join(delta.text for delta in deltas) == "Blue."
    assert [delta.usage.prompt_tokens for delta in deltas if delta.usage] == [7]
