"""What a dialect says of the types of its bodies."""

import json

import httpx
import pytest
from provider_sdk import (
    ChatResponse,
    Delta,
    HttpRequest,
    ProviderOverloadedError,
    ProviderQuotaError,
    ProviderResponseError,
    StreamEnd,
    StreamFailure,
    StreamInterruptedError,
)
from provider_sdk.chat_completions import OpenAIDialect
from provider_sdk.decoding import NDJSONDecoder

from ._service import DONE, USER, AcmeProvider, Body, Reply, Service, chunk, completion, sse

BOM = b"\xef\xbb\xbf"
KINDS = ["text/event-stream", "text/plain", "application/json", None]
QUOTA = {"error": {"message": "no credits left", "code": "insufficient_quota"}}


class TextDialect(OpenAIDialect):
    """Names both of its types."""

    content_type = "text/x-acme"
    stream_type = "text/x-acme-stream"

    def parse_chat(self, call, reply):
        """Read the text behind the protocol's name."""
        if not reply.body.startswith(b"acme "):
            raise ProviderResponseError("the answer is not in the protocol")
        return ChatResponse(text=reply.body.removeprefix(b"acme ").decode())


class LinesDecoder:
    """A value is text, the empty one the end, an object an error."""

    def __init__(self):
        self._values = NDJSONDecoder()

    def feed(self, data):
        """Decode what is complete."""
        return [self._event(value) for value in self._values.feed(data)]

    def flush(self):
        """Decode the rest."""
        return [self._event(value) for value in self._values.flush()]

    def _event(self, value):
        if isinstance(value, dict):
            return StreamFailure(ProviderOverloadedError(value["error"]))
        return Delta(value) if value else StreamEnd()


class LinesDialect(OpenAIDialect):
    """Streams one JSON value a line."""

    stream_type = "application/x-ndjson"

    def stream_decoder(self, call):
        """Return a decoder of lines."""
        return LinesDecoder()


class LinesProvider(AcmeProvider):
    """Speaks it."""

    dialect = LinesDialect()


class TextProvider(AcmeProvider):
    """Speaks it."""

    dialect = TextDialect()


class ArrayDecoder:
    """Every piece is text, until the array closes."""

    def feed(self, data):
        """Return the piece."""
        return [Delta(data.decode()), *([StreamEnd()] if data.endswith(b"]") else [])]

    def flush(self):
        """Return nothing."""
        return []


class ArrayDialect(OpenAIDialect):
    """Streams one JSON array."""

    array_streams = True

    def stream_decoder(self, call):
        """Return a decoder of the array."""
        return ArrayDecoder()


class ArrayProvider(AcmeProvider):
    """Speaks it."""

    dialect = ArrayDialect()


async def streamed_as(kind, body, provider=TextProvider, status=200):
    """Return the text of a stream that is answered with this body, called so."""
    reply = Reply(body, status, headers={"content-type": kind} if kind else {})
    stream = await Service(reply).provider(provider, max_retries=0).chat(USER, stream=True)
    return (await stream.collect()).text


async def test_a_body_is_called_what_the_dialect_calls_it():
    """The type of a request's body is the dialect's."""
    service = Service(Reply(b"acme Blue."))
    await service.provider(TextProvider).chat(USER)

    assert service.requests[0].headers["content-type"] == "text/x-acme"


@pytest.mark.parametrize("kind", KINDS)
async def test_an_array_may_be_a_stream(kind):
    """A dialect may read a body that begins with a bracket as a stream, whatever its type."""
    assert await streamed_as(kind, b" [1, 2]", ArrayProvider) == " [1, 2]"


@pytest.mark.parametrize("kind", KINDS)
async def test_an_object_is_no_array(kind):
    """One object is a whole reply, also where an array is a stream."""
    body = b'{"id": "c", "choices": [{"message": {"content": "Blue."}, "finish_reason": "stop"}]}'

    assert await streamed_as(kind, body, ArrayProvider) == "Blue."


async def test_a_request_without_body_has_no_type():
    """What is not there needs no name."""
    service = Service(Reply({"data": [{"id": "acme-large"}]}))
    await service.provider().list_models()

    assert "content-type" not in service.requests[0].headers


async def test_a_request_may_name_its_own_type():
    """One request may differ from the dialect's others."""
    service = Service(Reply({}))
    request = HttpRequest("POST", "/sum", b"1 1", {"Content-Type": "text/plain"})
    await service.provider().fetch(request)

    assert service.requests[0].headers["content-type"] == "text/plain"


@pytest.mark.parametrize(
    "kind", ["text/x-acme-stream", "Text/X-Acme-Stream; charset=utf-8", "text/x-acme-stream ;a=b"]
)
async def test_the_type_of_a_stream_makes_a_stream(kind):
    """Its spelling and parameters do not matter."""
    body = sse(chunk("Blue."), chunk(finish="stop")) + DONE

    assert await streamed_as(kind, body) == "Blue."


async def test_an_answer_without_type_is_a_stream():
    """A service that does not say what it sends sends what was asked for."""
    assert await streamed_as(None, sse(chunk("Blue."), done=True)) == "Blue."


async def test_another_type_is_a_whole_answer():
    """A service that ignores the wish for a stream is read by the dialect."""
    assert await streamed_as("text/x-acme", b"acme Blue.") == "Blue."


async def test_another_type_may_be_no_answer():
    """The dialect's complaint about it is raised by the call."""
    with pytest.raises(ProviderResponseError, match="not in the protocol"):
        await streamed_as("application/json", b'{"choices": []}')


@pytest.mark.parametrize("before", [b"", b"\n \r\n", BOM])
@pytest.mark.parametrize("kind", KINDS)
async def test_an_error_may_call_itself_a_stream(kind, before):
    """It has the service's own words and the class that they mean, and is no cut stream."""
    body = before + json.dumps(QUOTA, indent=1).encode()

    with pytest.raises(ProviderQuotaError, match="no credits left"):
        await streamed_as(kind, body, AcmeProvider)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no model"},
        {"object": "error", "message": "no model"},
        {"detail": "no model"},
        {"detail": [{"loc": ["body"], "msg": "no model"}]},
        {"message": "no model"},
        {"errors": ["no model"]},
        [{"error": {"message": "no model"}}],
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_an_error_of_any_form_with_the_status_of_an_answer(body, stream):
    """Its words are found, as in a reply whose status tells of the error."""
    provider = Service(Reply(body)).provider(max_retries=0)

    with pytest.raises(ProviderResponseError, match="no model"):
        await provider.chat(USER, stream=stream)


async def test_an_error_behind_a_slow_start():
    """What comes before it decides nothing."""
    pieces = [b"\n", 0, BOM, 0, *(bytes([byte]) for byte in json.dumps(QUOTA).encode())]

    with pytest.raises(ProviderQuotaError, match="no credits left"):
        await streamed_as("text/event-stream", Body(pieces), AcmeProvider)


@pytest.mark.parametrize("before", [b"", b"\n", BOM])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_page_may_call_itself_a_stream(kind, before):
    """It is named as a page."""
    with pytest.raises(ProviderResponseError, match="an HTML page") as caught:
        await streamed_as(kind, before + b"<html>Log in</html>", AcmeProvider)

    assert not isinstance(caught.value, StreamInterruptedError)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_whole_answer_may_call_itself_a_stream(kind):
    """It is an answer all the same."""
    body = json.dumps(completion("Blue.")).encode()

    assert await streamed_as(kind, body, AcmeProvider) == "Blue."


@pytest.mark.parametrize(
    ("kind", "status"), [(None, 204), ("text/event-stream", 204), (None, 200), ("text/plain", 200)]
)
async def test_nothing_is_no_stream(kind, status):
    """An empty answer is named as such."""
    with pytest.raises(ProviderResponseError, match="answered with nothing") as caught:
        await streamed_as(kind, b"", AcmeProvider, status)

    assert not isinstance(caught.value, StreamInterruptedError)


async def test_an_empty_stream_is_a_cut_one():
    """A stream that was promised and never began has ended too early."""
    with pytest.raises(StreamInterruptedError):
        await streamed_as("text/event-stream", b"", AcmeProvider)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stream_that_breaks_before_it_begins(kind):
    """The error says that the connection broke."""
    body = Body([b"\n", httpx.ReadError("reset")])

    with pytest.raises(ProviderResponseError, match=r"the connection broke .*reset"):
        await streamed_as(kind, body, AcmeProvider)


@pytest.mark.parametrize("kind", KINDS)
async def test_events_behind_a_slow_start(kind):
    """Neither their name nor blanks, comments and cuts before them matter."""
    pieces = [BOM, 0, b"\n", 0, b": ping\n\nda", 0, sse(chunk("Blue."), done=True)[2:]]

    assert await streamed_as(kind, Body(pieces), AcmeProvider) == "Blue."


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/json; a=b", None])
async def test_lines_of_json_may_be_called_json(kind):
    """A dialect that streams lines gets them, an object at the start included."""
    assert await streamed_as(kind, b'"Blue."\n""\n', LinesProvider) == "Blue."
    with pytest.raises(ProviderOverloadedError, match="busy"):
        await streamed_as(kind, b'{"error": "busy"}', LinesProvider)


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/json", None])
async def test_a_page_in_place_of_lines(kind):
    """No JSON begins like one."""
    with pytest.raises(ProviderResponseError, match="an HTML page"):
        await streamed_as(kind, b"<html></html>", LinesProvider)


@pytest.mark.parametrize("body", [b"", b"\n\n"])
async def test_lines_that_end_before_they_begin_are_cut(body):
    """An empty stream is a stream that was cut, as it is of server-sent events."""
    with pytest.raises(StreamInterruptedError):
        await streamed_as("application/x-ndjson", body, LinesProvider)


@pytest.mark.parametrize("cut", range(1, 8))
async def test_a_mark_that_arrives_in_pieces_is_still_one(cut):
    """Wherever the beginning of a stream is cut, its first text is there."""
    body = BOM + b"\n" + sse(chunk("Blue."), chunk(" Sky."), done=True)
    pieces = Body([body[:cut], 0, body[cut:]])

    assert await streamed_as("text/event-stream", pieces, AcmeProvider) == "Blue. Sky."
