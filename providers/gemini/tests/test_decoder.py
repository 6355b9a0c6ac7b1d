"""A stream is read whatever form its chunks have, in linear time."""

import json

import httpx
import pytest
from provider_gemini import GeminiDialect
from provider_sdk import (
    ChatCall,
    Delta,
    Message,
    ProviderOverloadedError,
    ProviderRateLimitError,
    ProviderResponseError,
    StreamEnd,
    StreamFailure,
    StreamInterruptedError,
    StreamJunk,
)
from provider_sdk.decoding import DecodeLimitError
from provider_sdk.testing import count_steps

from ._api import Api, answer, array, ask, call, chunks_of, error, stream

CHUNKS = chunks_of(answer('Blue, {as} [it] "is\\". ', call("look", at="ä🙂")))
EVENTS = b"".join(b"data: %b\n\n" % json.dumps(chunk).encode() for chunk in CHUNKS)
ARRAY = b"[" + b",\r\n".join(json.dumps(chunk, indent=1).encode() for chunk in CHUNKS) + b"]\n"
FAILED = json.dumps(error(503, "UNAVAILABLE", "Try {again} later."), indent=2).encode()


def decode(*pieces):
    """The events that pieces of a stream decode to."""
    asked = ChatCall("m", (Message("user", "?"),), {}, stream=True, provider="gemini")
    decoder = GeminiDialect().stream_decoder(asked)
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.flush()


def said(events):
    """The text of events."""
    return "".join(event.text for event in events if isinstance(event, Delta))


@pytest.mark.parametrize(
    "body",
    [
        EVENTS,
        EVENTS.replace(b"\n", b"\r\n"),
        EVENTS.replace(b"\n", b"\r"),
        EVENTS.replace(b"data: ", b"data:"),
        b"\xef\xbb\xbf" + EVENTS,
        b"\n\n \r\n" + EVENTS,
        EVENTS.replace(b"data: ", b": comment\n:\nevent: x\nid: 7\nretry: 3\nid\ndata: "),
        EVENTS.rstrip(),
        EVENTS.replace(b', "index"', b',\ndata: "index"'),
        ARRAY,
        b"\xef\xbb\xbf\n " + ARRAY,
        ARRAY.replace(b"\r\n", b""),
        b"".join(json.dumps(chunk).encode() + b"\n" for chunk in CHUNKS),
    ],
)
def test_forms(body):
    """Server-sent events with any line ends, one JSON array, and JSON lines say the same."""
    whole = decode(body)

    assert said(whole) == 'Blue, {as} [it] "is\\". '
    assert [e.finish_reason for e in whole if isinstance(e, Delta) and e.finish_reason] == ["stop"]
    for size in (1, 2, 7):
        pieces = [body[n : n + size] for n in range(0, len(body), size)]
        assert decode(*pieces) == whole


@pytest.mark.parametrize("body", [EVENTS, ARRAY])
@pytest.mark.parametrize("empty", [b"", b"\xef", b" "])
def test_empty_beginning(body, empty):
    """Nothing, or half of a byte order mark, may come first."""
    rest = b"\xbb\xbf" + body if empty == b"\xef" else body

    assert said(decode(empty, b"", rest)) == said(decode(body))


async def test_array_is_a_stream():
    """An answer that is one JSON array arrives as a stream, without a warning."""
    response = await ask(array(*CHUNKS), streamed=True)

    assert response.text == 'Blue, {as} [it] "is\\". '
    assert response.tool_calls[0].arguments == {"at": "ä🙂"}
    assert response.warnings == ()


async def test_cut_array():
    """An array that is cut holds a partial answer."""
    cut = array(*CHUNKS).content[:-200]
    with pytest.raises(StreamInterruptedError) as caught:
        await ask(httpx.Response(200, content=cut), streamed=True)

    assert caught.value.partial.text.startswith("Blue")


@pytest.mark.parametrize("end", [b"]", b"] \n\n", b'],{"a":1}'])
def test_end_of_an_array(end):
    """The end of the array is the end of the answer."""
    events = decode(ARRAY.rstrip()[:-1] + end)

    assert StreamEnd() in events


@pytest.mark.parametrize("body", [b"[]", b"[ ]\n", b'[{"usageMetadata": {}}]'])
def test_array_without_an_answer(body):
    """An array that ends without an answer is no answer."""
    assert isinstance(decode(body)[-1], StreamJunk)


@pytest.mark.parametrize("body", [b"[7]", b"[[]]", b'["text"]', b"[{}]7"])
def test_array_of_other_things(body):
    """An array of other things than chunks is not an answer."""
    assert any(isinstance(event, StreamJunk) for event in decode(body))


@pytest.mark.parametrize(
    "body",
    [
        b"data: <html>\n\n",
        b"data: 7\n\n",
        b"data: {\n\n",
        b'data: {"candidates": 7}\n\n',
        b'data: {"candidates": [{"content": {"parts": 7}}]}\n\n',
        b"a text\n",
        b"<html>\n<body>\n",
        b'{"candidates": \n',
        b"}\n",
        b'{\ndata: {"candidates": []}\n\n}',
    ],
)
def test_junk(body):
    """What is not a chunk is said to be none."""
    assert any(isinstance(event, StreamJunk) for event in decode(body))


def test_blank_event():
    """An event without data says nothing, and neither does a line of blanks."""
    assert decode(b"data: \n\ndata:  \n\n  \n") == []


@pytest.mark.parametrize("is_cut", [False, True])
@pytest.mark.parametrize(
    "form",
    [
        lambda body: EVENTS + body,
        lambda body: EVENTS.replace(b"\n", b"\r\n") + body.replace(b"\n", b"\r\n"),
        lambda body: EVENTS.rstrip() + b"\n" + body,
        lambda body: EVENTS + b"data: " + body.replace(b"\n", b"") + b"\n\n",
        lambda body: EVENTS + b"[" + body + b"]",
        lambda body: EVENTS + b"data: [" + body.replace(b"\n", b"") + b"]\n\n",
        lambda body: ARRAY.rstrip()[:-1] + b"," + body,
        lambda body: body,
        lambda body: b"[" + body + b"\n]",
    ],
)
def test_error_in_a_stream(form, is_cut):
    """An error is found as bare JSON, as an event, in a list and in an array."""
    body = form(FAILED)
    pieces = [body[n : n + 1] for n in range(len(body))] if is_cut else [body]
    failures = [event for event in decode(*pieces) if isinstance(event, StreamFailure)]

    assert [type(failure.error) for failure in failures] == [ProviderOverloadedError]
    assert failures[0].error.message == "Try {again} later."


def test_error_is_found_before_the_stream_ends():
    """Bare JSON is read as soon as it is complete, because the connection may stay open."""
    decoder = GeminiDialect().stream_decoder(ChatCall("m", (Message("user", "?"),), {}))

    assert isinstance(decoder.feed(EVENTS + FAILED + b"\n")[-1], StreamFailure)


def test_error_whose_message_holds_brackets():
    """Brackets in a message do not end the bare JSON that holds it."""
    broken = json.dumps(error(429, "RESOURCE_EXHAUSTED", "a } b ] c"), indent=2).encode()
    events = decode(EVENTS + broken + b"\n")

    assert [e.error.message for e in events if isinstance(e, StreamFailure)] == ["a } b ] c"]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("in_list", [False, True])
async def test_error_with_status_200(streamed, in_list):
    """An error body with status 200 is that error, with its time to wait."""
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
    body = error(429, "RESOURCE_EXHAUSTED", "slow down", info)
    reply = httpx.Response(200, json=[body] if in_list else body)
    with pytest.raises(ProviderRateLimitError) as caught:
        await ask(reply, streamed=streamed)

    assert caught.value.retry_after == 34.5


async def test_error_after_the_answer():
    """An error is raised, even if a finish reason came before it."""
    with pytest.raises(ProviderOverloadedError) as caught:
        await ask(stream(*CHUNKS, rest=FAILED), streamed=True)

    assert caught.value.partial.text.startswith("Blue")


async def test_first_error_is_tried_again():
    """An error that is all of a stream is tried again like any other."""
    failed = httpx.Response(200, content=b"data: %b\r\n\r\n" % FAILED.replace(b"\n", b""))
    api = Api(failed, answer("Blue."))
    async with api.provider(max_retries=1) as provider:
        response = await (
            await provider.chat([{"role": "user", "content": "?"}], stream=True)
        ).collect()

    assert response.text == "Blue."


async def test_done_ends_a_stream():
    """The terminator of gateways that translate another protocol ends the stream."""
    response = await ask(stream(*CHUNKS, rest=b"data: [DONE]\n\nnonsense"), streamed=True)

    assert response.text.startswith("Blue")


async def test_done_alone_is_no_answer():
    """A terminator without an answer before it is an error."""
    with pytest.raises(StreamInterruptedError, match="generateContent"):
        await ask(stream(rest=b"data: [DONE]\n\n"), streamed=True)


def test_characters_cut_in_two():
    """The halves of a character that a service cuts come together."""

    def chunk(escaped, end=""):
        part = f'{{"text":"{escaped}"}}'
        return f'{{"candidates":[{{"content":{{"parts":[{part}]}}{end}}}]}}'.encode()

    body = b"data: %b\n\ndata: %b\n\n" % (
        chunk("a\\ud83d"),
        chunk("\\ude42b\\ud83d", ',"finishReason":"STOP"'),
    )

    assert said(decode(body)) == "a🙂b\ufffd"
    bytes_of_it = body.replace(b"\\ud83d", b"\xf0\x9f").replace(b"\\ude42", b"\x99\x82")
    assert said(decode(bytes_of_it)) == "a🙂b\ufffd"


def test_deep_chunks():
    """A chunk that is nested without end is not read."""
    assert isinstance(decode(b"data: " + b'{"a":' * 5000 + b"\n\n")[0], StreamJunk)


def test_chunk_with_many_brackets():
    """A chunk with very many brackets is read like any other."""
    chunk = answer("Blue.", groundingMetadata=[{"a": [n]} for n in range(300)])

    assert said(decode(b"data: %b\n\n" % json.dumps(chunk).encode())) == "Blue."


@pytest.mark.parametrize(
    ("head", "line"),
    [(b"data: ", b""), (b"data: {", b"\ndata: 1,"), (b"{", b'"a": 1,\n'), (b"[{", b"\n")],
)
def test_too_long_chunk(head, line):
    """A chunk without end is refused before it fills the memory."""
    with pytest.raises(DecodeLimitError):
        decode(head, *([line + b" " * 1_000_000] * 20))


@pytest.mark.parametrize("form", ["lines", "bare", "array", "one event", "many parts"])
def test_linear_work(form):
    """Twice the bytes, a few at a time, take twice the steps."""

    def taken(size):
        long = json.dumps(answer("x" * size + '\\"{[' * 10)).encode()
        many = answer(*["<a>", call("look"), "b"] * (size // 100))
        pretty = json.dumps(error(500, "INTERNAL", "x" * 50), indent=1).encode() + b"\n"
        body = {
            "lines": b"data: %b\n\n" % json.dumps(CHUNKS[0]).encode() * (size // 100),
            "bare": b"{\n" + pretty.replace(b"}", b"{") * (size // 200),
            "array": b"[" + long + b"]",
            "one event": b"data: %b\n\n" % long,
            "many parts": b"data: %b\n\n" % json.dumps(many).encode(),
        }[form]
        cuts = [body[n : n + 16] for n in range(0, len(body), 16)]
        return count_steps(lambda: decode(*cuts))

    assert taken(80_000) < 2.2 * taken(40_000)


async def test_stream_of_another_protocol():
    """A stream of chat completions is an error that says what was expected."""
    chunk = {"choices": [{"delta": {"content": "Blue."}}]}
    with pytest.raises(ProviderResponseError):
        await ask(stream(chunk, rest=b"data: [DONE]\n\n"), streamed=True)


@pytest.mark.parametrize("rest", [{"usageMetadata": {"promptTokenCount": 3}}, {}])
async def test_end_before_the_answer(rest):
    """A gateway may say that the answer ends before it begins; it waits for what comes."""
    early = {"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}], **rest}
    response = await ask(stream(early, early, *CHUNKS), streamed=True)
    assert response.text.startswith("Blue")

    with pytest.raises(StreamInterruptedError):
        await ask(stream(early, CHUNKS[0]), streamed=True)


def test_end_before_the_answer_ends_nothing():
    """An end before the answer is reported only with the end of the stream, if nothing came."""
    early = b'data: {"candidates": [{"finishReason": "STOP"}]}\n\n'
    decoder = GeminiDialect().stream_decoder(ChatCall("m", (Message("user", "?"),), {}))

    assert [event.finish_reason for event in decoder.feed(early)] == [None]
    assert [event.finish_reason for event in decoder.flush()] == ["stop"]


@pytest.mark.parametrize(
    ("part", "may_go_on"),
    [
        ({"codeExecutionResult": {"output": "4"}}, True),
        ({"toolCall": {"id": "t1"}}, True),
        ({"thoughtSignature": "s"}, False),
        (call("look"), False),
    ],
)
def test_end_between_rounds_of_the_services_own_tools(part, may_go_on):
    """Where the service uses its own tools, an end may be that of a round only."""
    chunk = json.dumps(answer("Let me count.", part)).encode()
    ends = [event for event in decode(b"data: %b\n\n" % chunk) if event.finish_reason]

    assert [end.may_go_on for end in ends] == [may_go_on]


def test_unusual_line_ends_are_text():
    """Characters that only Unicode takes for line ends are part of the text."""
    chunk = json.dumps(answer("a\u2028b\u0085c"), ensure_ascii=False).encode()

    assert said(decode(b"data: %b\r\n\r\n" % chunk)) == "a\u2028b\u0085c"


async def test_large_image():
    """An image of ten megabytes arrives whole."""
    image = {"inlineData": {"mimeType": "image/png", "data": "A" * 10_000_000}}
    response = await ask(stream(answer("Here:", image)), streamed=True)

    assert response.provider_data["gemini"][0]["parts"][1] == image


async def test_old_streams_end_with_each_chunk():
    """Old services say with each chunk that the answer ends; all of them count."""
    chunks = [answer(piece) for piece in ("Blue", " as", " it is.")]
    response = await ask(stream(*chunks), streamed=True)

    assert response.text == "Blue as it is."
    listed = response.provider_data["gemini"][0]["parts"]
    assert sum(part["characters"] for part in listed) == len(response.text)
