"""Bytes to server-sent events."""

import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk.decoding import DecodeLimitError, ServerSentEvent, SSEDecoder

from ._cuts import fed, partitions, single_splits

# Everything the protocol knows, in one stream of each line end.
LINES = [
    "\ufeff: a comment first",
    "",
    "data: plain",
    "",
    "data:no space",
    "",
    "data:  two spaces",
    "",
    "event: delta",
    "data: named",
    "id: 7",
    "retry: 100",
    "",
    "data: one",
    ": a comment within",
    "data: two",
    "data:",
    "data",
    "",
    "event: without data",
    "",
    "unknown: field",
    "database: no data field",
    "data: \U0001f994\u00e9\u4e2d",
    "",
    "",
    ": keep-alive",
    "",
    "data: last",
    "",
]
EVENTS = [
    ServerSentEvent("message", b"plain"),
    ServerSentEvent("message", b"no space"),
    ServerSentEvent("message", b" two spaces"),
    ServerSentEvent("delta", b"named"),
    ServerSentEvent("message", b"one\ntwo\n\n"),
    ServerSentEvent("message", "\U0001f994\u00e9\u4e2d".encode()),
    ServerSentEvent("message", b"last"),
]
STREAMS = ["\n".join([*LINES, ""]), "\r".join([*LINES, ""]), "\r\n".join([*LINES, ""])]
ENDINGS = pytest.mark.parametrize("stream", STREAMS, ids=["LF", "CR", "CRLF"])


def _data(stream):
    return [event.data for event in fed(SSEDecoder(), [stream])]


@ENDINGS
def test_every_single_byte_split_gives_the_same_events(stream):
    """Comments, names, multi-line data and characters survive a cut at any byte."""
    for pieces in single_splits(stream.encode()):
        assert fed(SSEDecoder(), pieces) == EVENTS


@ENDINGS
@given(choose=st.data())
def test_every_partition_gives_the_same_events(stream, choose):
    """Many cuts, and empty reads between them, change nothing."""
    assert fed(SSEDecoder(), choose.draw(partitions(stream.encode()))) == EVENTS


@ENDINGS
def test_a_read_an_event_gives_the_same_events(stream):
    """What most services do, each event by itself, is no different."""
    pieces = re.findall(r".*?(?:\r\n\r\n|\r\r|\n\n|$)", stream, re.DOTALL)

    assert fed(SSEDecoder(), [piece.encode() for piece in pieces]) == EVENTS


@pytest.mark.parametrize("before", ["data: a\n", "event: x\n", ": x", "data: a\n\n\r", "\ufeff"])
def test_an_event_of_its_own_read_keeps_what_came_before(before):
    """A line, a name or a comment that is still open belongs to it."""
    for start in ("", ": a line\n"):
        whole = fed(SSEDecoder(), [f"{start}{before}data: b\n\n".encode()])

        assert fed(SSEDecoder(), [f"{start}{before}".encode(), b"data: b\n\n"]) == whole


def test_one_space_after_the_colon_is_no_data():
    """``data:x`` and ``data: x`` are the same, and further spaces belong to the data."""
    assert _data(b"data:x\n\ndata: x\n\ndata:  x\n\n") == [b"x", b"x", b" x"]


def test_data_lines_are_joined_by_lf():
    """An event of several lines is one."""
    assert _data(b"data: {\r\ndata: }\r\n\r\n") == [b"{\n}"]


def test_comments_are_no_events():
    """Keep-alives give nothing, however many."""
    assert _data(b": ping\n\n:\n\n" * 3) == []


def test_a_byte_order_mark_is_dropped_at_the_start_only():
    """The mark counts for the first line; elsewhere it makes an unknown field."""
    assert _data(b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n") == [b"a"]


def test_several_byte_order_marks_are_dropped_at_the_start():
    """Each stage of a pipeline may add its own."""
    assert _data(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n") == [b"a"]


def test_the_last_event_needs_no_blank_line():
    """An event that the end of the stream cuts off from its blank line counts."""
    assert _data(b"data: a\n\ndata: b") == [b"a", b"b"]


def test_a_name_belongs_to_one_event():
    """The next event is a ``message`` again."""
    events = fed(SSEDecoder(), [b"event: a\ndata: 1\n\ndata: 2\n\n"])

    assert [event.event for event in events] == ["a", "message"]


def test_an_event_without_data_is_none():
    """A name alone gives no event, and is forgotten."""
    assert fed(SSEDecoder(), [b"event: a\n\ndata: 1\n\n"]) == [ServerSentEvent("message", b"1")]


def test_an_event_comes_with_its_blank_line():
    """Whoever has the whole event does not wait for the next."""
    assert SSEDecoder().feed(b"data: a\n\n") == [ServerSentEvent("message", b"a")]


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(data):
    """Anything may arrive; what is no event is dropped."""
    fed(SSEDecoder(), [data])


@pytest.mark.parametrize(
    "before",
    ["", "data: one\n\n", "data: one\n", "data: o", "event: x\n", ": c", "\r", "\n", "\ufeff"],
)
@pytest.mark.parametrize("event", ["data: a\n\n", "data: \n\n", "data: a\nb\n", "data: a\r\n\n"])
def test_an_event_in_one_piece_continues_what_came_before(before, event):
    """Whether an event arrives as one piece or byte by byte makes no difference."""
    whole = [before.encode(), event.encode(), event.encode()]
    single = [bytes([byte]) for byte in b"".join(whole)]

    assert fed(SSEDecoder(), whole) == fed(SSEDecoder(), single)


_PIECES = st.sampled_from(
    [
        *("event: x\n", "event: \n", "event: \u00e9\n", "event: a event: b\n", "event:y\n"),
        *("data: 1\n", "data: \n", "data:2\n", "data: event: z\n", ": c\n", "\n", "\n\n", "\r\n"),
        *("event: x\ndata: 1\n\n", "event: y\ndata: 2\n\n", "data: 3\n\n", "id: 7\n"),
    ]
)


@given(st.lists(st.lists(_PIECES, max_size=6).map("".join), max_size=6))
def test_named_events_are_the_same_in_any_reads(reads):
    """Events with a type, several in one read or all bytes alone, are the same."""
    whole = [read.encode() for read in ["event: a\ndata: 0\n\n", *reads]]
    single = [bytes([byte]) for byte in b"".join(whole)]

    assert fed(SSEDecoder(), whole) == fed(SSEDecoder(), single)


def test_limits_hold_for_named_events_in_one_piece():
    """Events with a type that arrive as one piece are measured like any others."""
    event = b"event: x\ndata: 0123456789\n\n"

    assert len(fed(SSEDecoder(max_event_bytes=11), [event, event * 3])) == 4
    with pytest.raises(DecodeLimitError, match="an event is longer"):
        fed(SSEDecoder(max_event_bytes=10), [event, event * 3])


def test_an_event_over_its_limit_is_an_error():
    """Lines that each are short enough may not add up without end."""
    with pytest.raises(DecodeLimitError, match="an event is longer than 10 bytes"):
        fed(SSEDecoder(max_event_bytes=10), [b"data: 123456\n"] * 2)


@pytest.mark.parametrize("limit", ["max_event_bytes", "max_line_bytes"])
def test_an_event_of_its_own_read_has_its_limit(limit):
    """One read is no way around it."""
    with pytest.raises(DecodeLimitError, match="longer than 10 bytes"):
        fed(SSEDecoder(**{limit: 10}), [b": x\n", b"data: 12345678901\n\n"])


def test_a_line_over_its_limit_is_an_error():
    """A line that never ends is refused."""
    with pytest.raises(DecodeLimitError, match="a line is longer than 10 bytes"):
        fed(SSEDecoder(max_line_bytes=10), [b"data: ", b"12345"])


def test_limits_hold_for_an_event_in_one_piece():
    """An event that arrives as one piece is measured like any other."""
    event = b"data: 0123456789\n\n"
    kept = fed(SSEDecoder(max_line_bytes=16, max_event_bytes=11), [event] * 2)

    assert len(kept) == 2
    with pytest.raises(DecodeLimitError, match="an event is longer"):
        fed(SSEDecoder(max_event_bytes=10), [event] * 2)
    with pytest.raises(DecodeLimitError, match="a line is longer"):
        fed(SSEDecoder(max_line_bytes=15), [event] * 2)


def test_the_limit_is_for_each_event():
    """A long stream of short events is no long event."""
    events = fed(SSEDecoder(max_event_bytes=10), [b"data: 123456\n\n"] * 9)

    assert len(events) == 9


def test_empty_data_lines_are_bounded():
    """Lines without data count too: an event of nothing but line ends is refused."""
    with pytest.raises(DecodeLimitError, match="an event is longer"):
        fed(SSEDecoder(max_event_bytes=100), [b"data\n"] * 200)


@pytest.mark.parametrize("line", [b": ping\n", b"id: 7\n", b"event: x\n", b"retry: 5\n", b"\n"])
def test_memory_does_not_grow_with_the_stream(line):
    """Whatever is no data leaves nothing behind."""
    decoder = SSEDecoder()
    tracemalloc.start()
    try:
        decoder.feed(line * 1000)
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(100):
            decoder.feed(line * 1000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert after - before < 10_000


def test_a_type_of_any_length_is_read():
    """Alone, and among others."""
    long = b"x" * 500
    event = b"event: " + long + b"\ndata: a\n\n"
    decoder = SSEDecoder()

    found = decoder.feed(b"data: first\n\n") + decoder.feed(event) + decoder.feed(event * 2)

    assert [(name, data) for name, data in found[1:]] == [(long.decode(), b"a")] * 3
