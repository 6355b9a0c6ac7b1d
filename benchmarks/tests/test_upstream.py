"""What the local service answers."""

import json

import pytest

from benchmarks.bodies import TEXT, WORD_LENGTH, stream_pieces, whole_answer
from benchmarks.wires import NAMES, wire_named

WIRES = pytest.mark.parametrize("wire", NAMES)


def lines_of(pieces):
    """Undo the chunked encoding; return the lines of the body."""
    body = b"".join(pieces).partition(b"\r\n\r\n")[2]
    data = b""
    while size := int(body.partition(b"\r\n")[0], 16):
        body = body.partition(b"\r\n")[2]
        data, body = data + body[:size], body[size + 2 :]
    return data.decode().splitlines()


def texts(wire, pieces):
    """Return the texts of all events that hold some."""
    protocol = wire_named(wire)
    start = f"{protocol.prefix}{{"
    found = [line for line in lines_of(pieces) if line.startswith(start)]
    events = [json.loads(line.removeprefix(protocol.prefix)) for line in found]
    return [text for event in events if (text := protocol.text_of_event(event))]


@WIRES
@pytest.mark.parametrize("joined", [True, False], ids=["joined", "each"])
@pytest.mark.parametrize("count", [1, 50, 120])
def test_a_stream_has_as_many_chunks_as_asked_for(wire, joined, count):
    """Each chunk with text holds one word."""
    words = texts(wire, stream_pieces(wire, count, joined=joined))

    assert list(map(len, words)) == [WORD_LENGTH] * count


def test_a_stream_of_chat_completions_ends_as_it_should():
    """A finish reason, the usage and the terminator follow the text."""
    *_, last, usage, end = filter(None, lines_of(stream_pieces("chat", 1, joined=False)))

    assert json.loads(last.removeprefix("data: "))["choices"][0]["finish_reason"] == "stop"
    assert json.loads(usage.removeprefix("data: "))["choices"] == []
    assert end == "data: [DONE]"


def test_a_stream_of_messages_ends_as_it_should():
    """A stop reason with the usage, and the terminator, follow the text."""
    lines = [x for x in lines_of(stream_pieces("claude", 1, joined=False)) if x.startswith("data")]

    change, stop = (json.loads(line.removeprefix("data: ")) for line in lines[-2:])
    assert (change["delta"]["stop_reason"], stop["type"]) == ("end_turn", "message_stop")


@pytest.mark.parametrize(
    ("wire", "least", "most"),
    [
        ("chat", 250, 350),
        ("openai", 250, 350),
        ("responses", 200, 280),
        ("claude", 120, 180),
        ("gemini", 300, 420),
        ("ollama", 110, 150),
    ],
)
def test_chunks_are_as_long_as_real_ones(wire, least, most):
    """A chunk is no shorter and no longer than services send."""
    chunk = wire_named(wire).word(" w00,")

    assert least < len(chunk) < most


def test_a_stream_of_responses_ends_as_it_should():
    """The last event has the whole response, with the usage."""
    lines = [
        line for line in lines_of(stream_pieces("responses", 1, joined=False)) if "data: " in line
    ]

    last = json.loads(lines[-1].removeprefix("data: "))
    assert (last["type"], last["response"]["status"]) == ("response.completed", "completed")
    assert last["response"]["usage"]["total_tokens"] == 81


def test_a_stream_of_gemini_ends_as_it_should():
    """The last chunk has the finish reason."""
    last = [line for line in lines_of(stream_pieces("gemini", 1, joined=False)) if line][-1]

    assert json.loads(last.removeprefix("data: "))["candidates"][0]["finishReason"] == "STOP"


def test_a_stream_of_ollama_ends_as_it_should():
    """The last line says that the answer is done, and has the counts."""
    *_, last = (json.loads(line) for line in lines_of(stream_pieces("ollama", 1, joined=False)))

    assert (last["done"], last["done_reason"], last["eval_count"]) == (True, "stop", 60)


@WIRES
def test_a_joined_stream_has_fewer_writes(wire):
    """Fifty chunks share a write."""
    joined, each = (len(list(stream_pieces(wire, 100, joined=how))) for how in (True, False))

    assert each - joined == 98


@WIRES
def test_a_whole_answer_holds_the_text(wire):
    """The announced length is that of the body."""
    head, _, body = whole_answer(wire).partition(b"\r\n\r\n")

    assert b"content-length: %d" % len(body) in head
    assert wire_named(wire).text_of_answer(json.loads(body)) == TEXT
