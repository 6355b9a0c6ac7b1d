"""What must be the same over each HTTP library, on real connections."""

import asyncio
import gc
import socket
import time
import warnings
from contextlib import suppress

import aiohttp
import httpx
import pytest
from provider_sdk import (
    HttpRequest,
    ProviderError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    unsent_requests,
)
from provider_sdk._http import over_aiohttp, over_httpx, pool
from provider_sdk._http.readable import polled, selected
from provider_sdk._http.transport import route_to

from ._server import answering, serving, serving_in_a_thread
from ._service import KEY, USER, AcmeProvider, completion

pytestmark = pytest.mark.usefixtures("transport")

ANSWER = completion()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
BODY = b'{"choices": [{"message": {"content": "Blue."}}]}'


def provider_of(server, **config):
    """A provider that speaks to the server, and tries once."""
    return AcmeProvider(**{"api_key": KEY, "base_url": server.url, "max_retries": 0, **config})


def sending(*pieces, close=True):
    """Send bytes as they are."""

    async def act(connection):
        for piece in pieces:
            await connection.send(piece)
        if close:
            connection.close()

    return act


async def text_of(*acts, **options):
    """The text of the answer of a server that acts so."""
    async with serving(*acts) as server, provider_of(server) as provider:
        return (await provider.chat(USER, **options)).text


async def headers_of(*lines):
    """The headers of an answer that has some lines."""
    head = b"\r\n".join([HEAD.rstrip(), *lines, b"content-length: 0", b"", b""])
    async with serving(sending(head)) as server, provider_of(server) as provider:
        exchange = await provider.open(HttpRequest("GET", "/x"))
        await exchange.aclose()
    return exchange.headers


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"\r\n" + BODY,
        HEAD.replace(b"1.1", b"1.0") + b"\r\n" + BODY,
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"content-length: 48\r\n\r\n" + BODY,
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + HEAD + b"\r\n" + BODY,
        HEAD + b"transfer-encoding: chunked\r\n\r\n30;a=b\r\n" + BODY + b"\r\n0\r\nx: y\r\n\r\n",
        HEAD.replace(b"\r\n", b"\n") + b"content-length: 48\n\n" + BODY,
        HEAD.replace(b" OK", b"") + b"content-length: 48\r\n\r\n" + BODY,
        HEAD + b"x: " + b"y" * 60_000 + b"\r\ncontent-length: 48\r\n\r\n" + BODY,
        HEAD + b"".join(b"x%d: y\r\n" % n for n in range(300)) + b"\r\n" + BODY,
    ],
)
async def test_any_form_of_an_answer_is_read(answer):
    """No length, HTTP/1.0, interim answers, chunks with extras, bare line feeds, large heads."""
    assert await text_of(sending(answer)) == "Blue."


async def test_a_head_that_is_too_large_is_refused_without_its_bytes():
    """They could hold anything."""
    head = HEAD + b"x: " + b"secret" * 50_000 + b"\r\n\r\n"
    with pytest.raises(ProviderUnavailableError, match="gave no answer in HTTP") as caught:
        await text_of(sending(head))

    assert "secret" not in str(caught.value)


async def test_headers_of_one_name_are_joined():
    """As HTTP defines it; names are in lower case."""
    headers = await headers_of(b"X-Trace: a", b"x-trace: b")

    assert headers["x-trace"] == "a, b"
    assert {name.lower() for name in headers} == set(headers)


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
async def test_headers_are_read_in_either_encoding(encoding):
    """Old servers mean the second."""
    assert (await headers_of("x-name: é".encode(encoding)))["x-name"] == "é"


async def test_no_content_is_no_answer():
    """An answer without a body ends at its head."""
    with pytest.raises(ProviderResponseError):
        await text_of(sending(b"HTTP/1.1 204 No Content\r\n\r\n", close=False))


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_no_request_is_sent_twice(method):
    """Whether the service did its work is for the retry policy to judge."""

    async def reset(connection):
        connection.reset()

    request = HttpRequest(method, "/x")
    async with serving(ANSWER, reset) as server, provider_of(server) as provider:
        await provider.fetch(request)
        with pytest.raises(ProviderUnavailableError, match="gave no answer in HTTP"):
            await provider.fetch(request)

    assert len(server.requests) == 2


async def test_a_kept_connection_that_is_reset_is_not_logged(caplog):
    """It has served its answers, and nobody need hear of its end."""

    async def answer_twice_and_reset(connection):
        for _ in range(2):
            await connection.send(HEAD + b"transfer-encoding: chunked\r\n\r\n")
            await asyncio.sleep(0.01)
            await connection.send_chunk(BODY)
            await connection.send_chunk(b"")
            await connection.read_request()
        connection.reset(hard=True)

    async with serving(answer_twice_and_reset) as server, provider_of(server) as provider:
        for _ in range(2):
            await provider.chat(USER)
        with suppress(ProviderError):
            await provider.chat(USER)
    gc.collect()

    assert caplog.records == []


def test_a_connection_that_ended_behind_a_busy_program_is_not_used():
    """Its end is looked for when it is needed, whatever the event loop has seen."""

    async def answer_and_close(connection):
        await answering(ANSWER)(connection)
        connection.close()

    async def main(server):
        async with provider_of(server) as provider:
            await provider.chat(USER)
            while server.open_connections:
                time.sleep(0.001)  # noqa: ASYNC251 - the program is busy
            return (await provider.chat(USER)).text

    with serving_in_a_thread(answer_and_close, ANSWER) as server:
        assert asyncio.run(main(server)) == "Blue."


async def test_a_service_that_speaks_first_is_asked_all_the_same():
    """What arrives on a new connection is no reason to make another one."""
    early = HEAD + b"content-length: 48\r\n\r\n" + BODY
    connections = 0

    async def speak(reader, writer):
        nonlocal connections
        connections += 1
        writer.write(early)
        await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        async with AcmeProvider(api_key=KEY, base_url=url, max_retries=0) as provider:
            await asyncio.gather(provider.chat(USER), return_exceptions=True)

    assert connections == 1


@pytest.mark.parametrize("is_readable", [polled, selected])
def test_what_arrived_is_seen(is_readable):
    """Data as well as the end."""
    here, there = socket.socketpair()
    with here, there:
        assert not is_readable(here)
        there.send(b"x")
        assert is_readable(here)


async def test_a_large_request_arrives_whole():
    """Without a warning, and without the loop being held up for all of it."""
    question = "x" * 3_000_000
    async with serving(ANSWER) as server, provider_of(server) as provider:
        await provider.chat([{"role": "user", "content": question}])

    assert question.encode() in server.requests[0]


async def test_an_early_answer_to_a_large_request_is_read():
    """A service need not read what it refuses."""
    ended = asyncio.Event()
    refusal = b"HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(refusal)
        with suppress(ConnectionError):
            while await reader.read(65536):
                pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended.set()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        async with AcmeProvider(api_key=KEY, base_url=url, max_retries=0) as provider:
            with pytest.raises(ProviderRequestError) as caught:
                await provider.chat([{"role": "user", "content": "x" * 6_000_000}])
        await ended.wait()

    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("name", "value"),
    [("transfer-encoding", "chunked"), ("expect", "100-continue"), ("content-length", "3")],
)
async def test_how_the_body_is_sent_is_not_the_callers(name, value):
    """Two lengths of one body are how requests are smuggled."""
    async with serving(ANSWER) as server, provider_of(server) as provider:
        request = HttpRequest("POST", "/x", b"{}", {name.title(): value})
        with pytest.raises(ProviderRequestError, match=f"the header {name} says how the body"):
            await provider.open(request)

    assert server.requests == []


async def test_a_header_outside_ascii_is_refused():
    """Services would read it in different ways."""
    async with serving(ANSWER) as server, provider_of(server) as provider:
        request = HttpRequest("GET", "/x", headers={"x-name": "é"})
        with pytest.raises(ProviderRequestError, match="cannot be sent: 'ascii' codec"):
            await provider.open(request)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "localhost", "[::ffff:127.0.0.1]"])
async def test_every_spelling_of_this_machine_is_reached(host):
    """Systems complete short addresses."""
    async with serving(ANSWER) as server:
        url = server.url.replace("127.0.0.1", host)
        async with AcmeProvider(api_key=KEY, base_url=url, max_retries=0) as provider:
            assert (await provider.chat(USER)).text == "Blue."


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("host", ["127.0.0.1.", "1.2.3.4.5", "nowhere.invalid"])
async def test_a_host_without_an_address_is_named(host, method):
    """It cannot be reached."""
    url = f"http://{host}:9/v1"
    async with AcmeProvider(api_key=KEY, base_url=url, max_retries=0) as provider:
        with pytest.raises(ProviderUnavailableError, match="cannot be reached") as caught:
            await provider.open(HttpRequest(method, "/x"))

    assert caught.value.unreachable


@pytest.mark.parametrize("path", ["/a\nb", "/\ud800", "/" + "x" * 70_000])
async def test_an_address_that_cannot_be_sent_is_refused(path):
    """Before anything is sent, and before it is shown."""
    async with AcmeProvider(api_key=KEY, max_retries=0) as provider:
        with pytest.raises(ProviderRequestError, match="the request cannot be sent"):
            await provider.open(HttpRequest("GET", path))


async def test_a_body_that_is_cut_says_so_in_plain_words(transport):
    """Nothing of the library's names is in it."""
    cut = sending(HEAD + b"content-length: 100\r\n\r\n" + BODY)
    with pytest.raises(ProviderResponseError, match="broke while the answer was") as caught:
        await text_of(cut)

    assert "Error" not in str(caught.value)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_connection_that_is_lost_before_the_answer_is_told_from_one_that_ends(method):
    """Something was reached, and nobody knows what it did."""

    async def crash(connection):
        connection.crash()

    async with serving(crash) as server, provider_of(server) as provider:
        with pytest.raises(ProviderUnavailableError, match="broke the connection before") as caught:
            await provider.open(HttpRequest(method, "/x"))

    assert not caught.value.unreachable


async def test_a_connection_that_is_lost_within_the_answer_is_told():
    """The answer is broken."""

    async def crash(connection):
        await connection.send(HEAD + b"content-length: 100\r\n\r\n" + BODY)
        await asyncio.sleep(0.01)
        connection.crash()

    with pytest.raises(ProviderResponseError, match="broke while the answer was"):
        await text_of(crash)


_CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{    \r\n"
_BROKEN = {
    "a size that is not a number": b"zz\r\njunk\r\n",
    "a piece without an end": b"5\r\nhelloXX",
    "an endless size": b"f" * 40 + b"\r\n",
    "an end that is not one": b"0\r\nnot a trailer\r\n\r\n",
}


@pytest.mark.parametrize("piece", _BROKEN.values(), ids=_BROKEN)
async def test_an_answer_that_breaks_off_ends_the_call_at_once(piece):
    """Also if a later packet breaks it; aiohttp would wait for more of it for ever."""

    async def act(connection):
        await connection.send(_CHUNKED)
        await asyncio.sleep(0.05)
        await connection.send(piece)
        await connection.hang()

    async with asyncio.timeout(20):
        with pytest.raises(ProviderResponseError, match="broke while the answer was arriving"):
            await text_of(act, timeout=15)


async def test_a_method_that_http_lacks_is_refused():
    """It could begin another request."""
    async with serving(ANSWER) as server, provider_of(server) as provider:
        with pytest.raises(ProviderRequestError, match="the request cannot be sent"):
            await provider.open(HttpRequest("GE T", "/x"))

    assert server.requests == []


async def test_what_cannot_be_sent_is_not_shown_either():
    """Whoever looks at requests before they are sent sees the same error."""
    async with AcmeProvider(api_key=KEY) as provider:
        with (
            unsent_requests(),
            pytest.raises(ProviderRequestError, match="the request cannot be sent"),
        ):
            await provider.open(HttpRequest("GET", "/a\nb"))


async def test_calls_that_wait_for_a_connection_end_when_their_provider_is_closed(monkeypatch):
    """They open none any more."""
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    arrived = asyncio.Event()

    async def hang(connection):
        arrived.set()
        await connection.hang()

    async with serving(hang) as server, provider_of(server) as provider:
        asking = [asyncio.create_task(provider.chat(USER)) for _ in range(3)]
        await arrived.wait()
        await provider.aclose()
        ends = await asyncio.gather(*asking, return_exceptions=True)

    assert server.connections == 1
    assert [str(end) for end in ends[1:]] == ["this provider is closed. Build a new one."] * 2


async def test_a_request_that_no_library_takes_keeps_no_connection(monkeypatch):
    """Whatever a library raises, others can still be sent."""
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    async with serving(sending(HEAD + b"\r\n" + BODY)) as server, provider_of(server) as provider:
        for _ in range(2):
            with pytest.raises(TypeError):
                await asyncio.wait_for(provider.open(HttpRequest("POST", "/x", body=5)), 10)


async def test_calls_end_when_their_provider_is_closed():
    """Those that wait for an answer, with an error and not as if they were cancelled."""
    arrived = asyncio.Event()

    async def hang(connection):
        arrived.set()
        await connection.hang()

    async with serving(hang) as server, provider_of(server) as provider:
        asking = asyncio.create_task(provider.chat(USER))
        await arrived.wait()
        await provider.aclose()
        with pytest.raises(ProviderError):
            await asking


async def test_calls_that_wait_for_an_address_end_when_their_provider_is_closed(monkeypatch):
    """The name of the host is still being looked up."""
    looking = asyncio.Event()

    async def never(*args, **kwargs):
        looking.set()
        await asyncio.sleep(0.2)
        raise OSError("nobody knows")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    provider = AcmeProvider(api_key=KEY, base_url="http://acme.example/v1", max_retries=0)
    asking = [asyncio.create_task(provider.chat(USER)) for _ in range(2)]
    await looking.wait()
    await provider.aclose()
    ends = await asyncio.gather(*asking, return_exceptions=True)

    assert all(isinstance(end, ProviderError) for end in ends)


async def test_a_call_that_is_cancelled_while_its_provider_is_closed_ends_as_cancelled():
    """Whoever cancelled it waits for that."""
    arrived = asyncio.Event()

    async def hang(connection):
        arrived.set()
        await connection.hang()

    async with serving(hang) as server, provider_of(server) as provider:
        asking = asyncio.create_task(provider.chat(USER))
        await arrived.wait()
        closing = asyncio.create_task(provider.aclose())
        asking.cancel()
        await asyncio.wait([asking, closing])

    assert asking.cancelled()


def test_connections_are_closed_with_their_loop():
    """Also if nobody closes the provider; nothing warns of what is left."""
    with warnings.catch_warnings(record=True) as caught, serving_in_a_thread(ANSWER) as server:
        warnings.simplefilter("always")
        provider = provider_of(server)
        asyncio.run(provider.chat(USER))
        for _ in range(500):
            if not server.open_connections:
                break
            time.sleep(0.01)
        assert server.open_connections == 0
        assert asyncio.run(provider.chat(USER)).text == "Blue."
        del provider
        gc.collect()

    assert [str(each.message) for each in caught] == []


async def test_connections_of_a_provider_that_is_dropped_are_closed(caplog):
    """Nobody is told of it, least of all in the log."""
    async with serving(ANSWER) as server:
        provider = provider_of(server)
        await provider.chat(USER)
        del provider
        gc.collect()
        await server.all_closed()

    assert caplog.messages == []


async def ask(provider):
    """The text of an answer."""
    return (await provider.chat(USER)).text


async def test_a_session_that_is_abandoned_is_closed():
    """Aiohttp does not find it open later."""
    made = over_aiohttp._Session(route_to("http://127.0.0.1:9"))
    made.abandon()

    assert made.is_closed


def test_a_provider_that_is_dropped_between_two_runs_of_a_loop(caplog):
    """Its connections are closed when the loop runs again."""
    loop = asyncio.new_event_loop()
    with serving_in_a_thread(ANSWER) as server:
        loop.run_until_complete(ask(provider_of(server)))
        gc.collect()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    assert caplog.messages == []


async def test_a_handshake_that_never_ends_is_a_timeout(monkeypatch):
    """Connecting is bounded, TLS included."""
    short = aiohttp.ClientTimeout(total=None, connect=0.1)
    monkeypatch.setattr(over_aiohttp, "_TIMEOUT", short)
    monkeypatch.setattr(over_httpx, "_TIMEOUT", httpx.Timeout(None, connect=0.1))

    async def hang(connection):
        await connection.hang()

    async with serving(hang) as server:
        url = server.url.replace("http:", "https:")
        async with AcmeProvider(api_key=KEY, base_url=url, max_retries=0) as provider:
            with pytest.raises(ProviderTimeoutError, match="did not answer in time"):
                await provider.chat(USER)
