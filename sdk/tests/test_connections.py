"""What only real connections do: break, stall, redirect, stay open."""

import asyncio
import gzip
import socket

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import (
    ProviderError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    StreamInterruptedError,
)
from provider_sdk._http import session

from ._server import answering, serving
from ._service import DONE, KEY, USER, AcmeProvider, Reply, Service, chunk, completion, sse

pytestmark = pytest.mark.usefixtures("transport")

FIRST = sse(chunk("Bl"))
LAST = sse(chunk("ue.", finish="stop"))
ANSWER = completion()


def provider_of(server, **config):
    """A provider that speaks to the server, and tries once."""
    return AcmeProvider(**{"api_key": KEY, "base_url": server.url, "max_retries": 0, **config})


async def asked(*acts, stream=False, **config):
    """The answer of a server that acts so."""
    async with serving(*acts) as server, provider_of(server, **config) as provider:
        answer = await provider.chat(USER, stream=stream)
        return await answer.collect() if stream else answer


def streaming(*pieces, end=True):
    """Send server-sent events in a chunked body."""

    async def act(connection):
        await connection.send_head(content_type="text/event-stream", transfer_encoding="chunked")
        for piece in pieces:
            await connection.send_chunk(piece)
        if end:
            await connection.send_chunk(b"")
        else:
            connection.close()

    return act


async def test_an_answer_over_a_connection():
    """The whole way there and back."""
    response = await asked(ANSWER)

    assert response.text == "Blue."


async def test_a_stream_over_a_connection():
    """Piece by piece."""
    response = await asked(streaming(FIRST, LAST, DONE), stream=True)

    assert response.text == "Blue."


async def test_nothing_listens():
    """The address is named, and what to check."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    provider = AcmeProvider(api_key=KEY, base_url=f"http://127.0.0.1:{port}/v1", max_retries=0)

    async with provider:
        with pytest.raises(ProviderUnavailableError, match=rf"127\.0\.0\.1:{port} cannot be") as e:
            await provider.chat(USER)

    assert e.value.status is None
    assert "Check the address" in str(e.value)


async def test_a_service_that_never_accepts():
    """A full queue of connections is a timeout like any other."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = [socket.socket() for _ in range(8)]
    try:
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        async with AcmeProvider(api_key=KEY, base_url=url, timeout=0.2) as provider:
            with pytest.raises(ProviderTimeoutError):
                await provider.chat(USER)
    finally:
        for each in (*waiting, listener):
            each.close()


@pytest.mark.parametrize("failure", [httpx.ConnectTimeout(""), httpx.PoolTimeout("")])
async def test_a_connection_that_takes_too_long(failure):
    """It is a timeout, which names the address."""
    provider = Service(failure).provider(max_retries=0)

    with pytest.raises(ProviderTimeoutError, match=r"^api\.acme\.example did not answer in time"):
        await provider.chat(USER)


async def _reset(connection):
    connection.reset()


async def _close(connection):
    connection.close()


async def _cut_in_head(connection):
    await connection.send(b"HTTP/1.1 200 OK\r\ncontent-ty")
    connection.close()


async def _another_protocol(connection):
    await connection.send(b"SSH-2.0-OpenSSH_9.9\r\n")
    connection.close()


@pytest.mark.parametrize("act", [_reset, _close, _cut_in_head, _another_protocol])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_connection_that_breaks_before_an_answer(act, stream):
    """Nothing usable answered, though something could be reached."""
    with pytest.raises(ProviderUnavailableError, match=r"gave no answer in HTTP \(.+\)"):
        await asked(act, stream=stream)


async def test_a_connection_that_is_reset_before_an_answer():
    """It is told from one that was never made."""
    with pytest.raises(ProviderUnavailableError, match="broke the connection before it answered"):
        await Service(httpx.ReadError("reset")).provider(max_retries=0).chat(USER)


@pytest.mark.parametrize("act", [_reset, _close, _cut_in_head])
async def test_a_broken_connection_is_tried_again(act):
    """Another one may last."""
    assert (await asked(act, ANSWER, max_retries=1)).text == "Blue."


async def test_a_kept_connection_that_has_died_is_replaced():
    """A service may close what it kept open just as the next request arrives."""
    async with serving(ANSWER, _reset, ANSWER) as server:
        async with provider_of(server, max_retries=1) as provider:
            await provider.chat(USER)
            response = await provider.chat(USER)

        assert response.text == "Blue."
        assert server.connections == 2


async def test_a_connection_closed_while_idle_is_not_used():
    """Without a retry."""

    async def answer_and_close(connection):
        await answering(ANSWER)(connection)
        connection.close()

    async with serving(answer_and_close, ANSWER) as server, provider_of(server) as provider:
        await provider.chat(USER)
        await server.all_closed()

        assert (await provider.chat(USER)).text == "Blue."


async def _cut_by_length(connection):
    await connection.send_head(content_type="application/json", content_length="100")
    await connection.send(b'{"choices": [')
    connection.close()


async def _cut_in_chunks(connection):
    await connection.send_head(content_type="application/json", transfer_encoding="chunked")
    await connection.send_chunk(b'{"choices": [')
    connection.close()


async def _broken_chunks(connection):
    await connection.send_head(content_type="application/json", transfer_encoding="chunked")
    await connection.send(b"zz\r\nnot a chunk")
    connection.close()


@pytest.mark.parametrize("act", [_cut_by_length, _cut_in_chunks, _broken_chunks])
async def test_an_answer_that_is_cut(act, transport):
    """It is broken, and not tried again: the service did its work."""
    with pytest.raises(ProviderResponseError, match="the connection broke while") as caught:
        await asked(act, ANSWER, max_retries=2)

    # If what is broken came together with the head, aiohttp does not tell the head.
    untold = transport == "aiohttp" and act is _broken_chunks
    assert caught.value.status == (None if untold else 200)


async def test_an_error_that_is_cut():
    """Its status says enough."""

    async def act(connection):
        await connection.send_head(503, content_length="100")
        await connection.send(b'{"error":')
        connection.close()

    with pytest.raises(ProviderUnavailableError, match="HTTP 503 Service Unavailable"):
        await asked(act)


async def test_a_stream_that_is_cut():
    """What had arrived is in ``partial``."""
    with pytest.raises(StreamInterruptedError) as caught:
        await asked(streaming(FIRST, end=False), stream=True)

    assert caught.value.partial.text == "Bl"


async def test_a_stream_that_ends_early_in_good_order():
    """A body that ends well does not make an answer whole."""
    with pytest.raises(StreamInterruptedError, match="ended before the answer did"):
        await asked(streaming(FIRST), stream=True)


async def test_a_body_may_end_with_its_connection():
    """Old servers send no length."""

    async def act(connection):
        await connection.send(b"HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        await connection.send(FIRST + LAST)
        connection.close()

    assert (await asked(act, stream=True)).text == "Blue."


async def test_a_body_that_never_ends():
    """The deadline ends it, and the connection is closed."""
    hung_up = asyncio.Event()

    async def act(connection):
        await connection.send_head(content_type="application/json", transfer_encoding="chunked")
        await connection.send_chunk(b" ")
        await connection.hang()
        hung_up.set()

    async with serving(act) as server, provider_of(server, timeout=0.1) as provider:
        with pytest.raises(ProviderTimeoutError):
            await provider.chat(USER)
        async with asyncio.timeout(5):
            await hung_up.wait()


async def test_a_body_that_is_too_large(monkeypatch):
    """An answer that is read whole is bounded."""
    monkeypatch.setattr(session, "MAX_BODY_BYTES", 1000)

    with pytest.raises(ProviderResponseError, match="larger than 1000 bytes"):
        await asked(completion("x" * 2000))


@pytest.mark.parametrize("leave", ["aclose", "cancel"])
async def test_leaving_a_stream_hangs_up(leave):
    """The service learns at once that nobody reads any more."""
    hung_up = asyncio.Event()

    async def act(connection):
        await connection.send_head(content_type="text/event-stream", transfer_encoding="chunked")
        await connection.send_chunk(FIRST)
        await connection.hang()
        hung_up.set()

    async with serving(act) as server, provider_of(server) as provider:
        stream = await provider.chat(USER, stream=True)
        if leave == "cancel":
            reading = asyncio.create_task(stream.collect())
            await asyncio.sleep(0.01)
            reading.cancel()
            await asyncio.wait([reading])
        else:
            await stream.aclose()
        async with asyncio.timeout(5):
            await hung_up.wait()


async def test_connections_are_used_again():
    """Also after a stream, whose body is read to its end."""
    async with serving(streaming(FIRST, LAST, DONE), ANSWER) as server:
        async with provider_of(server) as provider:
            await (await provider.chat(USER, stream=True)).collect()
            await provider.chat(USER)

        assert server.connections == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_redirect_is_not_followed(status, stream):
    """The credential goes to the host that it was given for and nowhere else."""
    async with serving(ANSWER) as other:
        act = answering({}, status, location=other.url, content_type="text/plain")
        with pytest.raises(ProviderResponseError, match=r"redirect .* is not followed") as caught:
            await asked(act, stream=stream)

        assert other.connections == 0
    assert caught.value.status == status


NOWHERE = [
    b"http://a:b:c/",
    b"mailto:help@acme.example",
    b"javascript:alert(1)",
    b"data:,x",
    b"urn:isbn:1",
    b"http:moved",
    b"/" + b"a" * 70_000,
    b"\x7f",
    b"http://xn--/",
]


@pytest.mark.parametrize("location", NOWHERE, ids=lambda location: repr(location[:12]))
@pytest.mark.parametrize("stream", [False, True])
async def test_a_redirect_to_no_address_is_named(location, stream):
    """An injected client refuses to read where it leads."""
    moved = httpx.Response(302, headers=[(b"location", location)])
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: moved)) as client:
        provider = AcmeProvider(api_key=KEY, http_client=client)
        with pytest.raises(ProviderResponseError, match="redirect to an address that is not valid"):
            await provider.chat(USER, stream=stream)


@given(st.binary(max_size=40))
async def test_a_redirect_to_anywhere_is_called_a_redirect(location):
    """Whatever the service writes there, it is not the request that is wrong."""
    moved = httpx.Response(302, headers=[(b"location", location)])
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: moved)) as client:
        provider = AcmeProvider(api_key=KEY, http_client=client)
        with pytest.raises(ProviderResponseError, match="answers with a redirect"):
            await provider.chat(USER)


@pytest.mark.parametrize("status", [101, 199, 300, 304, 399])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_status_that_is_no_answer(status, stream):
    """It is named, and nothing is said of a redirect."""
    with pytest.raises(ProviderResponseError, match=f"with HTTP {status}, which is neither") as e:
        await Service(Reply(b"", status)).provider().chat(USER, stream=stream)

    assert e.value.status == status
    assert "redirect" not in str(e.value)


async def test_cookies_are_not_kept():
    """One answer has no business in the next request."""
    async with serving(answering(ANSWER, set_cookie="a=1"), ANSWER) as server:
        async with provider_of(server) as provider:
            await provider.chat(USER)
            await provider.chat(USER)

        assert b"cookie" not in server.requests[1].lower()


@pytest.mark.parametrize("stream", [False, True])
async def test_a_compressed_body_is_read(stream):
    """A proxy may compress what nobody asked it to."""
    body = FIRST + LAST if stream else b'{"choices": [{"message": {"content": "Blue."}}]}'

    async def act(connection):
        kind = "text/event-stream" if stream else "application/json"
        data = gzip.compress(body)
        await connection.send_head(
            content_type=kind, content_encoding="gzip", content_length=str(len(data))
        )
        await connection.send(data)

    assert (await asked(act, stream=stream)).text == "Blue."


async def test_a_body_with_broken_compression():
    """It is a broken answer."""

    async def act(connection):
        await connection.send_head(content_encoding="gzip", content_length="4")
        await connection.send(b"nope")

    with pytest.raises(ProviderResponseError):
        await asked(act)


@pytest.mark.parametrize("value", ["a\nb", "a\r\nx-more: 1", "\x00"])
async def test_a_header_that_cannot_be_sent(value):
    """It is refused, not smuggled."""
    async with serving(ANSWER) as server, provider_of(server) as provider:
        with pytest.raises(ProviderRequestError, match="extra_headers"):
            await provider.chat(USER, extra_headers={"x-trace": value})

        assert server.requests == []


async def test_a_header_name_that_http_lacks():
    """What the HTTP library refuses is a rejected request, too."""
    async with serving(ANSWER) as server, provider_of(server) as provider:
        with pytest.raises(ProviderRequestError, match="it has an illegal header"):
            await provider.chat(USER, extra_headers={"x trace": "1"})

        assert server.requests == []


async def test_a_header_that_an_injected_client_refuses_is_not_told():
    """Its hooks may add some."""
    provider = Service(httpx.LocalProtocolError("another-secret")).provider(max_retries=0)
    with pytest.raises(ProviderRequestError, match="it has an illegal header") as caught:
        await provider.chat(USER)

    assert "another-secret" not in str(caught.value)


async def test_a_header_that_cannot_be_sent_is_not_told():
    """It may hold a credential that the provider does not know."""
    async with serving(ANSWER) as server, provider_of(server) as provider:
        with pytest.raises(ProviderRequestError) as caught:
            await provider.chat(USER, extra_headers={"x-key": "another-secret\n"})

        assert "another-secret" not in str(caught.value)


async def test_a_plain_service_behind_https():
    """A handshake that fails is a service that cannot be reached."""

    async def speak_first(reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(speak_first, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"https://127.0.0.1:{port}/v1"
        async with AcmeProvider(api_key=KEY, base_url=url, max_retries=0) as provider:
            with pytest.raises(ProviderUnavailableError):
                await provider.chat(USER)


async def test_concurrent_calls_have_their_own_connections():
    """None waits for another's answer."""
    arrived = asyncio.Barrier(8)

    async def act(connection):
        async with asyncio.timeout(5):
            await arrived.wait()
        await answering(ANSWER)(connection)

    async with serving(act) as server, provider_of(server) as provider:
        answers = await asyncio.gather(*(provider.chat(USER) for _ in range(8)))

    assert len(answers) == 8


async def test_no_other_exception_leaves():
    """Whatever a server sends, it is a ``ProviderError``."""
    heads = [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
        b"HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"\x00" * 100,
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    ]
    for head in heads:

        async def act(connection, head=head):
            await connection.send(head)
            connection.close()

        for stream in (False, True):
            with pytest.raises(ProviderError):
                await asked(act, stream=stream)
