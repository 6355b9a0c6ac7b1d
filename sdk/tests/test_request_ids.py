"""The id of an exchange that a service names in the body of its answers."""

from dataclasses import replace

import pytest
from provider_sdk import (
    Delta,
    ProviderOverloadedError,
    StreamEnd,
    StreamFailure,
    StreamInterruptedError,
)
from provider_sdk.chat_completions import OpenAIDialect

from ._service import KEY, USER, AcmeProvider, Reply, Service, completion, streamed

HEADERS = {"x-request-id": "of-the-head"}
EVENTS = {
    b"text": Delta("Blue."),
    b"stop": Delta(finish_reason="stop"),
    b"busy": StreamFailure(ProviderOverloadedError("busy")),
    b"end": StreamEnd(),
}


class Decoder:
    """Reads one word per write; one that is unknown is the id."""

    def feed(self, data):
        """Return the event of a word."""
        event = EVENTS.get(data, Delta(request_id=data.decode()))
        if isinstance(event, StreamFailure):
            event = StreamFailure(ProviderOverloadedError("busy"))
        return [event]

    def flush(self):
        """Return nothing: no word is held back."""
        return []


class NamingDialect(OpenAIDialect):
    """Names the exchange in the body of each answer."""

    def parse_chat(self, call, reply):
        """Return an answer with the id of its body."""
        return replace(super().parse_chat(call, reply), request_id="of-the-body")

    def stream_decoder(self, call):
        """Return a decoder of words."""
        return Decoder()


class NamingProvider(AcmeProvider):
    """Talks to a service that names the exchange in its answers."""

    dialect = NamingDialect()


async def stream_of(*words, headers=HEADERS):
    """Return a stream of words."""
    service = Service(streamed(*words, headers=headers))
    return await service.provider(NamingProvider, max_retries=0).chat(USER, stream=True)


async def test_an_id_inside_a_stream_goes_before_that_of_the_head():
    """The response of a stream has the id that the stream names."""
    stream = await stream_of(b"of-the-body", b"text", b"stop", b"end")
    assert stream.partial.request_id == "of-the-head"
    assert (await stream.collect()).request_id == "of-the-body"


async def test_a_stream_without_an_id_has_that_of_the_head():
    """A stream that names no id keeps that of the headers."""
    stream = await stream_of(b"text", b"stop", b"end")
    assert (await stream.collect()).request_id == "of-the-head"


@pytest.mark.parametrize(
    ("words", "kind"),
    [((b"busy",), ProviderOverloadedError), ((), StreamInterruptedError)],
    ids=["an error", "a cut"],
)
async def test_an_error_inside_a_stream_has_the_id_that_the_stream_names(words, kind):
    """An error of the service, and a cut, are of the same exchange."""
    stream = await stream_of(b"of-the-body", b"text", *words, headers={})
    with pytest.raises(kind) as caught:
        await stream.collect()
    assert caught.value.request_id == "of-the-body"
    assert caught.value.partial.request_id == "of-the-body"


async def test_a_whole_reply_to_a_stream_keeps_its_id():
    """An answer that comes all at once, although a stream was asked for, has the id of its body."""
    reply = Reply(completion("Blue."), headers={**HEADERS, "content-type": "application/json"})
    stream = await Service(reply).provider(NamingProvider).chat(USER, stream=True)
    assert (await stream.collect()).request_id == "of-the-body"


async def test_an_id_inside_a_stream_that_holds_the_credential_is_redacted():
    """A service that repeats the credential as an id leaves none in the response."""
    stream = await stream_of(f"id-{KEY}".encode(), b"text", b"stop", b"end")
    assert (await stream.collect()).request_id == "id-[redacted]"
