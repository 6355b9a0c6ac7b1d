"""Every reader of foreign bytes does work in proportion to them, never to their square."""

import json
import signal
import tracemalloc

import pytest
from provider_ollama import OllamaDialect, _context
from provider_ollama._context import fewest_tokens, most_tokens
from provider_sdk import ChatCall, HttpReply, Message
from provider_sdk.testing import count_steps

from ._service import line

CALL = ChatCall("m", (Message("user", "?"),), {}, stream=True, provider="ollama")
ALARM_S = 30  # of this process's own time, so that a busy machine does not ring it
PIECES = [
    "<",
    "</think",
    "`",
    " ",
    "\ud83d",
    "\u5929",
    "does not support ",
    "model ",
    "think value ",
]


def decode(values) -> None:
    """Decode a stream of these lines."""
    decoder = OllamaDialect().stream_decoder(CALL)
    for value in values:
        decoder.feed(json.dumps(value).encode() + b"\n")
    decoder.flush()


@pytest.mark.parametrize("piece", PIECES)
def test_a_stream_takes_steps_in_proportion(piece):
    """Twice as many lines take twice as many steps, in text and in thinking."""
    values = [line(piece, thinking=piece)] * 200

    assert count_steps(lambda: decode(values * 2)) < 2.2 * count_steps(lambda: decode(values)) + 100


def test_calls_take_steps_in_proportion():
    """So do calls without ids, which are told apart."""
    value = line("", tool_calls=[{"function": {"name": "look", "arguments": {}}}] * 5)

    few = count_steps(lambda: decode([value] * 40))
    assert count_steps(lambda: decode([value] * 80)) < 2.2 * few + 100


@pytest.mark.parametrize("piece", PIECES)
def test_much_text_is_read_before_the_alarm(piece):
    """Half a million hostile characters are read as an answer and as an error."""
    text = piece * (2**19 // len(piece))
    dialect = OllamaDialect()
    signal.setitimer(signal.ITIMER_VIRTUAL, ALARM_S)
    try:
        decode([line(text, thinking=text), {"error": text}])
        error = dialect.parse_error(HttpReply(400, {}, json.dumps({"error": text}).encode()))
        dialect.relax(CALL, error)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    assert error.status == 400


@pytest.mark.parametrize("blank", [b"\n", b" \n", b"\r\n", b"\t\r", b"\xef\xbb\xbf\n"])
def test_a_blank_line_is_not_decoded(blank):
    """Blank lines, which keep connections alive, take few steps each and are no events."""
    decoder = OllamaDialect().stream_decoder(CALL)
    found = []

    taken = count_steps(lambda: found.extend(decoder.feed(blank * 1000)))

    assert found == []
    assert taken < 10_000


def test_a_line_that_begins_no_object_is_not_decoded():
    """It is junk by its first character."""
    decoder = OllamaDialect().stream_decoder(CALL)
    found = []

    taken = count_steps(lambda: found.extend(decoder.feed(b"x\n" * 1000)))

    assert len(found) == 1000
    assert taken < 20_000


@pytest.mark.parametrize("piece", ["- ", "-", " ", "_", "a1", "\u00e9", "\n ", "A-", "\ud83d"])
def test_counting_tokens_takes_time_in_proportion(piece):
    """Megabytes of any text are counted before the alarm."""
    call = ChatCall("m", (Message("user", piece * 2**20),), {})
    signal.setitimer(signal.ITIMER_VIRTUAL, ALARM_S)
    try:
        assert fewest_tokens(call) <= most_tokens(call)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def test_sizing_calls_leaves_nothing_behind():
    """However many calls were sized, and wherever other objects lie by then."""
    others = []
    tracemalloc.start()
    try:
        for _ in range(2000):
            most_tokens(CALL)
            others.append(bytes(22))  # as large as the name of a method
        snapshot = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()

    ours = snapshot.filter_traces([tracemalloc.Filter(True, _context.__file__)])
    assert sum(trace.size for trace in ours.traces) < 1000
