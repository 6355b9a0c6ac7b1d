"""What a dialect says of the types of its bodies."""

import pytest
from provider_sdk import ChatResponse, HttpRequest, ProviderResponseError
from provider_sdk.openai import OpenAIDialect

from ._service import DONE, USER, AcmeProvider, Reply, Service, chunk, sse


class TextDialect(OpenAIDialect):
    """Names both of its types."""

    content_type = "text/x-acme"
    stream_type = "text/x-acme-stream"

    def parse_chat(self, call, reply):
        """Read the text behind the protocol's name."""
        if not reply.body.startswith(b"acme "):
            raise ProviderResponseError("the answer is not in the protocol")
        return ChatResponse(text=reply.body.removeprefix(b"acme ").decode())


class TextProvider(AcmeProvider):
    """Speaks it."""

    dialect = TextDialect()


async def streamed_as(kind, body):
    """Return the text of a stream that is answered with this body, called so."""
    reply = Reply(body, headers={"content-type": kind} if kind else {})
    stream = await Service(reply).provider(TextProvider).chat(USER, stream=True)
    return (await stream.collect()).text


async def test_a_body_is_called_what_the_dialect_calls_it():
    """The type of a request's body is the dialect's."""
    service = Service(Reply(b"acme Blue."))
    await service.provider(TextProvider).chat(USER)

    assert service.requests[0].headers["content-type"] == "text/x-acme"


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
