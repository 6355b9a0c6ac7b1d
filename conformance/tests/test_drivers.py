"""Both drivers play the same script alike, faults and all."""

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass, field

import httpx
import pytest
from provider_conformance import OpenAIWire, Service
from provider_conformance.drivers import RespxDriver, SocketDriver
from provider_conformance.drivers._clock import StalledError
from provider_conformance.drivers._watchdog import watchdog
from provider_conformance.wires._script import (
    Close,
    Endless,
    Hang,
    Pause,
    Reply,
    Reset,
    byte_by_byte,
)

TEXT = {"content-type": "text/plain"}


@dataclass
class Seen:
    """What a client got: the head, the bytes, and what broke it, as a word."""

    status: int | None = None
    kind: str | None = None
    body: bytes = b""
    broke: str = ""


@dataclass
class Desk:
    """A driver, its service and a client, on the driver's own event loop."""

    driver: RespxDriver | SocketDriver
    service: Service
    loop: asyncio.AbstractEventLoop
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def run(self, work):
        """Run a coroutine to its end."""
        return self.loop.run_until_complete(work)

    def client(self, **config):
        """Return a client that is closed with the desk."""
        self.clients.append(httpx.AsyncClient(**config))
        return self.clients[-1]

    def ask(self, reply, read_limit=None):
        """Return what a client sees of a reply."""
        self.service.reply_next(reply, route="other")
        timeout = httpx.Timeout(5, read=read_limit)
        return self.run(_ask(self.client(timeout=timeout), self.driver.address))

    def close(self):
        """Close clients and loop."""
        for client in self.clients:
            self.run(client.aclose())
        self.loop.close()


async def _ask(client, address):
    seen = Seen()
    try:
        async with client.stream("GET", f"{address}/somewhere") as response:
            seen.status, seen.kind = response.status_code, response.headers.get("content-type")
            async for data in response.aiter_raw():
                seen.body += data
    except httpx.TimeoutException:
        seen.broke = "timeout"
    except httpx.TransportError:
        seen.broke = "broken"
    return seen


def _desk(kind):
    service = Service(OpenAIWire(), None, random.Random(1))
    with kind(service) as driver:
        made = Desk(driver, service, driver.new_loop())
        yield made
        made.close()


@pytest.fixture(params=[RespxDriver, SocketDriver], ids=["respx", "socket"])
def desk(request):
    """Return a desk for each driver."""
    yield from _desk(request.param)


@pytest.fixture
def socket_desk():
    """Return a desk over a socket."""
    yield from _desk(SocketDriver)


@pytest.fixture
def respx_desk():
    """Return a desk over respx."""
    yield from _desk(RespxDriver)


def _names(scripts):
    return pytest.mark.parametrize(("reply", "expected"), scripts.values(), ids=list(scripts))


SOUND = {
    "nothing": (Reply(204), Seen(204)),
    "whole": (Reply(200, TEXT, (b"abc",)), Seen(200, "text/plain", b"abc")),
    "several writes": (Reply(200, TEXT, (b"a", b"b", b"c")), Seen(200, "text/plain", b"abc")),
    "streamed": (
        Reply(200, TEXT, (b"a", b"", b"bc"), streamed=True),
        Seen(200, "text/plain", b"abc"),
    ),
    "failure": (Reply(503, TEXT, (b"busy",)), Seen(503, "text/plain", b"busy")),
    "redirect": (Reply(307, {**TEXT, "location": "/x"}), Seen(307, "text/plain")),
    "late": (Reply(200, TEXT, (b"abc",), delay=0.05), Seen(200, "text/plain", b"abc")),
    "paused": (Reply(200, TEXT, (b"a", Pause(0.05), b"b")), Seen(200, "text/plain", b"ab")),
    "dripped": (Reply(200, TEXT, byte_by_byte(b"abc", 0.01)), Seen(200, "text/plain", b"abc")),
}


@_names(SOUND)
def test_sound_replies_arrive_alike(desk, reply, expected):
    """A reply that ends well arrives as it was scripted, on either driver."""
    assert desk.ask(reply) == expected


HEADS = {
    "refused": (Reply(head="refuse"), Seen(broke="broken")),
    "reset before the head": (Reply(head="reset"), Seen(broke="broken")),
    "closed before the head": (Reply(head="close"), Seen(broke="broken")),
    "reset in the head": (Reply(200, TEXT, (b"abc",), head="cut"), Seen(broke="broken")),
    "junk": (Reply(head="junk"), Seen(broke="broken")),
    "stalled in the head": (Reply(200, TEXT, (b"abc",), head="stall"), Seen(broke="timeout")),
    "silent": (Reply(head="hang"), Seen(broke="timeout")),
}


@_names(HEADS)
def test_faults_of_the_head_break_alike(desk, reply, expected):
    """Whatever happens instead of a head, the client gets no answer."""
    assert desk.ask(reply, read_limit=0.2) == expected


BODIES = {
    "reset": ((b"ab", Reset()), "broken"),
    "closed": ((b"ab", Close()), "broken"),
    "stalled": ((b"ab", Hang()), "timeout"),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["announced", "chunked"])
@pytest.mark.parametrize(("steps", "broke"), BODIES.values(), ids=list(BODIES))
def test_faults_of_the_body_break_alike(desk, steps, broke, streamed):
    """A body that does not end gives what came before, and then breaks."""
    reply = Reply(200, TEXT, steps, streamed=streamed)
    expected = Seen(200, "text/plain", b"ab", broke)

    assert desk.ask(reply, read_limit=0.2) == expected


def test_endless_bodies_go_on(desk):
    """A body that never ends goes on until the client leaves, which the script records."""

    async def taste(client, address):
        async with client.stream("GET", f"{address}/somewhere") as response:
            pieces = response.aiter_raw()
            return [await anext(pieces) for _ in range(4)]

    desk.service.reply_next(
        Reply(200, TEXT, (b"a", Endless(b"b", 0.01)), streamed=True), route="other"
    )
    tasted = desk.run(taste(desk.client(), desk.driver.address))
    assert b"".join(tasted)[:4] == b"abbb"
    exchange = desk.service.exchanges[-1]
    desk.run(_until(desk, lambda: exchange.closed))

    assert (exchange.closed, exchange.ended) == (1, False)


def test_requests_are_read_alike(desk):
    """Method, path, query, headers and body reach the service as they were sent."""

    async def send(client, address):
        await client.post(f"{address}/a/b?c=d&e=ä", content="ß🙂".encode(), headers={"X-Mark": "1"})

    desk.run(send(desk.client(), desk.driver.address))

    request = desk.service.exchanges[-1].request
    assert (request.method, request.path) == ("POST", "/a/b")
    assert request.query == "c=d&e=%C3%A4"
    assert (request.headers["x-mark"], request.body.decode()) == ("1", "ß🙂")
    assert f"http://{request.host}" == desk.driver.address


def test_scripts_record_what_was_sent(desk):
    """A reply that was read to its end is recorded write by write, as ended."""
    desk.ask(Reply(200, TEXT, (b"a", b"bc"), streamed=True))
    exchange = desk.service.exchanges[-1]
    desk.run(_until(desk, lambda: exchange.ended))

    assert (exchange.sent, exchange.ended) == ([b"a", b"bc"], True)


def test_open_answers_are_counted(desk):
    """An answer that is neither read nor closed is held open, until it is closed."""

    async def hold(desk):
        client = desk.client()
        request = client.build_request("GET", f"{desk.driver.address}/somewhere")
        response = await client.send(request, stream=True)
        held = desk.driver.connections
        await response.aclose()
        await _until(desk, lambda: not desk.driver.connections)
        return held, desk.driver.connections

    desk.service.reply_next(Reply(200, TEXT, (b"a", Hang()), streamed=True), route="other")

    assert desk.run(hold(desk)) == (1, 0)


def test_time_passes_for_the_client_only(desk):
    """Passing time rings the client's timers on either driver, without waiting for them."""

    async def pass_two_minutes(desk):
        timer = asyncio.ensure_future(asyncio.sleep(119))
        late = asyncio.ensure_future(asyncio.sleep(1000))
        await desk.driver.pass_time(120)
        late.cancel()
        return timer.done(), late.done()

    assert desk.run(pass_two_minutes(desk)) == (True, False)


def test_unreachable_takes_no_connection(desk):
    """Connecting to the unreachable address ends by the client's own limit."""

    async def connect(client, address):
        with pytest.raises(httpx.ConnectTimeout):
            await client.get(address)

    client = desk.client(timeout=httpx.Timeout(None, connect=0.2))
    desk.run(connect(client, desk.driver.unreachable))

    assert desk.service.exchanges == []


def test_socket_numbers_connections(socket_desk):
    """Requests over one connection have its number, also after a reply that ends it."""

    async def three(client):
        for reply in (Reply(200, TEXT), Reply(200, TEXT, closes=True), Reply(200, TEXT)):
            socket_desk.service.reply_next(reply, route="other")
            await client.get(f"{socket_desk.driver.address}/somewhere")
            if reply.closes:
                await _until(socket_desk, lambda: not socket_desk.driver.connections)

    socket_desk.run(three(socket_desk.client()))

    assert [exchange.request.connection for exchange in socket_desk.service.exchanges] == [1, 1, 2]


def test_socket_waits_for_a_slow_reader(socket_desk):
    """The socket driver writes no further than the client reads, but for what buffers hold."""
    piece = b"x" * 200_000
    socket_desk.service.reply_next(Reply(200, TEXT, (piece,) * 100, streamed=True), route="other")

    async def read_one(client):
        async with client.stream("GET", f"{socket_desk.driver.address}/somewhere") as response:
            await anext(response.aiter_raw())
            for _ in range(5):
                await socket_desk.driver.settle()
            return len(socket_desk.service.exchanges[-1].sent)

    assert socket_desk.run(read_one(socket_desk.client())) < 50


def test_respx_keeps_to_the_limits_of_the_client(respx_desk):
    """A silence longer than httpx's own read limit is a read timeout, as on a connection."""
    seen = respx_desk.ask(Reply(200, TEXT, (b"a", Pause(60), b"b")), read_limit=30)

    assert (seen.body, seen.broke, respx_desk.loop.time()) == (b"a", "timeout", 30)


async def _until(desk, holds):
    for _ in range(100):
        if holds():
            return
        await desk.driver.settle()
    raise AssertionError("it did not happen")


def test_settling_lets_all_happen_that_needs_no_time(desk):
    """What is under way goes through many turns and a timer that is due; none rings early."""
    seen = []

    def hop(left):
        loop = asyncio.get_running_loop()
        if left:
            loop.call_soon(hop, left - 1)
        else:
            loop.call_later(0, seen.append, "rung")

    async def settled():
        early = asyncio.get_running_loop().call_later(60, seen.append, "early")
        hop(5)
        await desk.driver.settle()
        early.cancel()
        return list(seen)

    assert desk.run(settled()) == ["rung"]


def test_requests_reach_the_driver_that_is_open():
    """Drivers that follow each other over respx are each asked by what runs within them."""
    for word in (b"one", b"two"):
        for made in _desk(RespxDriver):
            assert made.ask(Reply(200, TEXT, (word,))).body == word


def test_watchdog_barks_until_it_is_heard():
    """Where a bark is swallowed, as in a destructor, another one follows."""

    def hang():
        with watchdog(0.05):
            with contextlib.suppress(StalledError):
                time.sleep(5)
            time.sleep(5)

    with pytest.raises(StalledError):
        hang()
