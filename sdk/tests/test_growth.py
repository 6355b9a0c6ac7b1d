"""Every reader of foreign bytes does work in proportion to them, never to their square.

Two views of it: the steps that the interpreter takes are counted while the input doubles, and a
megabyte of each hostile text has to be through before an alarm rings; a reader whose work inside a
regular expression or a join grows with the square of its input would be at it for hours. The alarm
counts the processor time of this process, so that a busy machine does not ring it.
"""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from provider_sdk import ChatCall, HttpReply, Message
from provider_sdk._messages import with_turn_state
from provider_sdk._redact import Redactor
from provider_sdk._retry import retry_after
from provider_sdk.chat_completions import OpenAIDialect, foreign_error
from provider_sdk.decoding import (
    DecodeLimitError,
    LineDecoder,
    NDJSONDecoder,
    SSEDecoder,
    ThinkSplitter,
    decode_json,
)
from provider_sdk.testing import count_steps

DIALECT = OpenAIDialect()
CALL = ChatCall("m", (Message("user", "?"),), {}, stream=True, provider="acme")
KEY = "secret-credential-of-a-test"
ALARM_S = 60

CALL_HEAD = {"index": 0, "id": "c9", "function": {"name": "f", "arguments": ""}}

HOSTILE = [
    "<",
    "<think>",
    "</think>",
    "<title>",
    "<title",
    "</title",
    "[",
    "{",
    '"',
    "\\",
    "\\u",
    "\\u006",
    "\\u{",
    "%25",
    "%2",
    "&amp;",
    "&#0",
    "```",
    "`<think>`",
    " ",
    "\u200b",
    "\n",
    "\r",
    "\r\n\r\n",
    ": \n\n",
    "data:\n",
    "data: {}\n\n",
    "event: error\n\n",
    "0",
    "1e9",
    "; r=0; t=1",
    ";r=0",
    "maximum context length ",
    "tokens ",
    "max_",
    "length_",
    "model x ",
    "exceeded your ",
    KEY[:12],
    KEY[:11],
    "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "e\u0301",
]

# These take a step of the interpreter for every few characters.
IN_STEPS = ("think", "state sent back")

# A stream of each takes seconds: these are what text is held back for.
WHOLE_STREAMS = [" ", "<", "</think", "`", '"', "data: {}\n\n"]


def wrapped(value: object) -> bytes:
    """A chunk of a stream with this content."""
    choice = {"index": 0, "delta": value, "finish_reason": None}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def wrapped_end(word: str) -> bytes:
    """A chunk of a stream with this finish reason."""
    return in_event({"choices": [{"index": 0, "delta": {}, "finish_reason": word}]})


def in_event(body: object) -> bytes:
    """An event of a stream with this body."""
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def stream(chunks: list[bytes]) -> None:
    """Decode a stream that arrives in these pieces."""
    decoder = DIALECT.stream_decoder(CALL)
    for piece in chunks:
        decoder.feed(piece)
    decoder.flush()


def fed(make: Callable[[], object]) -> Callable[[str], None]:
    """Return a reader that gets a text in small pieces, and then at once."""

    def read(text: str) -> None:
        data = text.encode()
        for size in (7, max(1, len(data))):
            machine = make()
            for at in range(0, len(data), size):
                machine.feed(data[at : at + size])
            machine.flush()

    return read


def think(text: str) -> None:
    """Split text in pieces of one character, of seven, and at once."""
    for size in (1, 7, max(1, len(text))):
        splitter = ThinkSplitter()
        for at in range(0, len(text), size):
            splitter.feed(text[at : at + size])
        splitter.flush()


def error_body(text: str) -> None:
    """Read the text as the body of an error, as its message, and as a page."""
    bodies = [
        text.encode(),
        json.dumps({"error": {"message": text}}).encode(),
        f"<html>{text}".encode(),
        json.dumps({"error": [text[:50]] * (len(text) // 50)}).encode(),
    ]
    for body in bodies:
        for status in (400, 429):
            DIALECT.parse_error(HttpReply(status, {"x-error-message": text}, body))
    foreign_error(HttpReply(500, {}, text.encode()))


def send_back(text: str) -> None:
    """Write a turn with a call, and the state of a call, for every piece."""
    calls = [{**CALL_HEAD, "id": f"{piece}{at}"} for at, piece in enumerate(pieces(text))]
    extras = [{"id": call["id"], "extra_content": {"a": 1}} for call in reversed(calls)]
    with_turn_state({"tool_calls": calls}, {"tool_calls": extras})


READERS: dict[str, Callable[[str], object]] = {
    "lines": fed(LineDecoder),
    "events": fed(SSEDecoder),
    "ndjson": fed(NDJSONDecoder),
    "think": think,
    "json": lambda text: decode_json(text.encode()),
    "json text": lambda text: decode_json(json.dumps([text]).encode()),
    "stream of text": lambda text: stream([wrapped({"content": char}) for char in pieces(text)]),
    "stream of reasoning": lambda text: stream(
        [wrapped({"reasoning_content": char}) for char in pieces(text)]
    ),
    "stream of arguments": lambda text: stream(
        [
            wrapped({"tool_calls": [{"index": 0, "function": {"arguments": char}}]})
            for char in pieces(text)
        ]
    ),
    "stream of state": lambda text: stream(
        [
            wrapped({"tool_calls": [{**CALL_HEAD, "extra_content": {f"{char}{at}": at}}]})
            for at, char in enumerate(pieces(text))
        ]
    ),
    "stream of details": lambda text: stream(
        [wrapped({"reasoning_details": [{"text": char}]}) for char in pieces(text)]
    ),
    "state sent back": send_back,
    "stream of bytes": lambda text: stream([text.encode()]),
    "errors": error_body,
    "finish reasons": lambda text: stream([wrapped_end(text)]),
    "error in a stream": lambda text: stream(
        [in_event({"error": {"message": text, "code": text}})]
    ),
    "names of events": lambda text: stream([f"event: {text}\ndata: {{}}\n\n".encode()]),
    "redaction": lambda text: Redactor([KEY])(text),
    "retry-after": lambda text: retry_after({"retry-after": text, "retry-after-ms": text}),
}


def pieces(text: str) -> Iterator[str]:
    """Cut a text into pieces of three characters."""
    return (text[at : at + 3] for at in range(0, len(text), 3))


def read(reader: str, text: str) -> None:
    """Read, whatever comes of it."""
    try:
        READERS[reader](text)
    except (ValueError, DecodeLimitError):
        return


@contextmanager
def alarm() -> Iterator[None]:
    """Fail what does not end."""

    def ring(number, frame):
        raise AssertionError("the reader is still at it")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, ALARM_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("reader", READERS)
def test_twice_the_input_takes_at_most_twice_the_steps(reader):
    """Counted for a text of every hostile kind."""
    for unit in HOSTILE:
        small, large = (unit * (size // len(unit) + 1) for size in (600, 1200))
        read(reader, small)  # what is cached is made
        few, many = (count_steps(partial(read, reader, text)) for text in (small, large))
        assert many <= 2.5 * few + 200, (reader, unit)


@pytest.mark.parametrize("reader", READERS)
def test_a_large_hostile_text_comes_to_its_end(reader):
    """Also where the work is done by a regular expression or a join."""
    is_stream = reader.startswith("stream of")
    size = 90_000 if is_stream else 60_000 if reader in IN_STEPS else 250_000
    with alarm():
        for unit in WHOLE_STREAMS if is_stream else HOSTILE:
            read(reader, unit * (size // len(unit)))
