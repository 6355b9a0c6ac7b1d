"""What the local service answers."""

import json

import pytest

from benchmarks.bodies import TEXT, WORD_LENGTH, stream_pieces, whole_answer


def chunks(pieces):
    """Undo the chunked encoding, then the events."""
    body = b"".join(pieces).partition(b"\r\n\r\n")[2]
    data = b""
    while size := int(body.partition(b"\r\n")[0], 16):
        body = body.partition(b"\r\n")[2]
        data, body = data + body[:size], body[size + 2 :]
    events = data.removesuffix(b"\n\n").split(b"\n\n")
    assert events.pop() == b"data: [DONE]"
    return [json.loads(event.removeprefix(b"data: ")) for event in events]


@pytest.mark.parametrize("joined", [True, False], ids=["joined", "each"])
@pytest.mark.parametrize("count", [1, 50, 120])
def test_a_stream_has_as_many_chunks_as_asked_for(joined, count):
    """Each chunk with text holds one word; a finish reason and the usage follow."""
    *texts, last, usage = chunks(stream_pieces(count, joined=joined))

    words = [chunk["choices"][0]["delta"]["content"] for chunk in texts]
    assert list(map(len, words)) == [WORD_LENGTH] * count
    assert last["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []


def test_chunks_are_as_long_as_real_ones():
    """A chunk is no shorter and no longer than routers send."""
    chunk = next(piece for piece in stream_pieces(2, joined=False) if b"data: " in piece)

    assert 250 < len(chunk) < 350


def test_a_joined_stream_has_fewer_writes():
    """Fifty chunks share a write."""
    assert len(list(stream_pieces(100, joined=True))) == 1 + 2 + 1
    assert len(list(stream_pieces(100, joined=False))) == 1 + 100 + 1


def test_a_whole_answer_holds_the_text():
    """The announced length is that of the body."""
    head, _, body = whole_answer().partition(b"\r\n\r\n")

    assert b"content-length: %d" % len(body) in head
    assert json.loads(body)["choices"][0]["message"]["content"] == TEXT
