"""The decoder of streams: any cut, hostile bytes, bounded work."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_openai import ResponsesDialect
from provider_sdk import ChatCall, Delta, Message, StreamEnd, StreamFailure, StreamJunk
from provider_sdk.testing import count_steps

from ._api import encoded, error, events_of, function_call, message, reasoning, response

ANSWER = response(
    reasoning("Hm 🙂.", "**Ü**"),
    message("Blau — ä <think>", phase="commentary"),
    {"type": "web_search_call", "id": "ws_1"},
    function_call("call_1", at="ü", deep=[1, {"a": None}]),
    usage={"input_tokens": 3, "output_tokens": 5},
)
BODY = encoded(*events_of(ANSWER))


def decoded(*pieces, provider="codex"):
    """Return all events of a stream that arrives in these pieces."""
    call = ChatCall("m", (Message("user", "?"),), {}, stream=True, provider=provider)
    decoder = ResponsesDialect().stream_decoder(call)
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
    "data", ["7", '"text"', "[]", "null", "<html>", '{"type": ', "[" * 100_000]
)
def test_junk(data):
    """What is not an event of the protocol is junk, never an exception."""
    assert [type(event) for event in decoded(f"data: {data}\n\n".encode())] == [StreamJunk]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("type", "text", "id", "call_id", "name", "arguments", "summary", "content"),
                    *("output", "status", "usage", "error", "model", "encrypted_content", "phase"),
                ]
            ),
            inner | st.sampled_from(["message", "reasoning", "function_call", "output_text"]),
            max_size=4,
        )
    ),
    max_leaves=6,
)
_TYPES = [
    *sorted({event["type"] for event in events_of(ANSWER)}),
    *("response.refusal.delta", "response.reasoning_text.delta", "response.failed"),
    *("response.cancelled", "response.incomplete", "error", "later"),
]
_FIELDS = (
    *("output_index", "item_id", "content_index", "summary_index", "delta", "text", "refusal"),
    *("arguments", "item", "response", "error"),
)


@settings(max_examples=100, deadline=None)
@given(
    events=st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(_TYPES)}, optional=dict.fromkeys(_FIELDS, _VALUES)
        ),
        max_size=5,
    )
)
def test_hostile_values(events):
    """Values of any type in any field never raise, and leave state that is strict JSON."""
    found = decoded(*(f"data: {json.dumps(event)}\n\n".encode() for event in events))

    for event in found:
        if isinstance(event, Delta):
            json.dumps(event.provider_data, allow_nan=False)


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


def test_without_event_lines():
    """Many services name the type in the data only."""
    lines = [line for line in BODY.splitlines(keepends=True) if not line.startswith(b"event:")]

    assert decoded(b"".join(lines)) == decoded(BODY)


def test_nothing_counts_after_the_end():
    """What follows the last event is not part of the answer."""
    assert decoded(BODY, BODY, b"data: <html>\n\n") == decoded(BODY)
    assert decoded(BODY)[-1] == StreamEnd()


def test_blank_events_say_nothing():
    """Blank events and comments, which keep connections alive, are no junk."""
    assert decoded(b": OPENROUTER PROCESSING\n\ndata: \n\ndata:  \n\n") == []


def test_state_belongs_to_a_provider():
    """A call that names no provider, to the dialect alone, keeps no state."""
    unnamed = decoded(BODY, provider="")

    assert all(event.provider_data is None for event in unnamed if isinstance(event, Delta))
    assert decoded(BODY)[-2].provider_data is not None


def test_error_that_is_text():
    """An error event whose data is not JSON is an error with that text."""
    (event,) = decoded(b"event: error\ndata: upstream timed out\n\n")

    assert type(event) is StreamFailure
    assert "upstream timed out" in event.error.message


def test_failure_is_raised_once():
    """After the event `error` the failed response says the same again."""
    events = [
        {"type": "error", **error("server_error", "it broke")},
        {"type": "response.failed", "response": response(status="failed", **error("server_error"))},
    ]

    assert [type(event) for event in decoded(encoded(*events))] == [StreamFailure]


def test_text_held_back_comes_before_an_error():
    """What looked like the beginning of a tag is text, if the stream fails after it."""
    events = events_of(response("<thi"))[:4]
    failed = {"type": "error", **error("server_error")}
    events[-1]["delta"] = "<thi"

    *_, held, failure = decoded(encoded(*events, failed))

    assert held.text == "<thi"
    assert type(failure) is StreamFailure


@pytest.mark.parametrize("kind", ["items", "parts", "arguments", "reasoning"])
def test_work_is_linear(kind):
    """Twice as many items, parts or pieces take twice the steps."""

    def taken(count):
        body = encoded(*_many(kind, count))
        assert decoded(body)[-1] == StreamEnd()
        return count_steps(lambda: decoded(body))

    assert taken(8_000) < 2.2 * taken(4_000)


def _many(kind, count):
    """The events of a stream with very many items, parts or pieces."""
    if kind == "items":
        return events_of(response(*(message("x", id=f"m_{n}") for n in range(count // 10))))
    if kind == "parts":
        return events_of(response(message(*["x"] * (count // 10))))
    if kind == "arguments":
        call = {**function_call("c"), "arguments": "x" * count}
        created, started, added, piece, *_, last = events_of(response(call))
        piece["delta"] = "x"
        return [created, started, added, *[piece] * count, last]
    created, started, added, piece, *_, last = events_of(response(reasoning("x" * count)))
    piece["delta"] = "x"
    return [created, started, added, *[piece] * count, last]
