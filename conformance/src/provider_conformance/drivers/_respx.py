"""The driver over respx: no socket, and an event loop whose clock jumps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import httpx
import respx
from provider_sdk import TransportName, prefer_transport

from provider_conformance._service import Service
from provider_conformance.drivers._base import DriverName
from provider_conformance.drivers._clock import VirtualClockLoop
from provider_conformance.wires._script import (
    Close,
    Endless,
    Exchange,
    Head,
    Pause,
    Reset,
    SeenRequest,
)

_UNREACHABLE = "unreachable.test"
_FOR_EVER_S = 1e9
_LOOP_TURNS = 40
"""Maximum turns of the event loop in which all pending tasks run."""
_IDLE_TURNS = 2
"""After so many turns without other work nothing more happens: a due timer fires in the second."""

_INCOMPLETE_BODY = (
    "peer closed connection without sending complete message body (incomplete chunked read)"
)
# As httpx reports them for real connections.
_INSTEAD_OF_HEAD: dict[Head, httpx.TransportError] = {
    "refuse": httpx.ConnectError("connection refused"),
    "reset": httpx.ReadError("connection reset by peer"),
    "close": httpx.RemoteProtocolError("Server disconnected without sending a response."),
    "cut": httpx.ReadError("connection reset by peer"),
    "junk": httpx.RemoteProtocolError("illegal status line"),
}


class RespxDriver:
    """Intercepts every request that httpx makes in this process."""

    name: DriverName = "respx"
    address = "http://service.test"
    other_address = "http://elsewhere.test"
    unreachable = f"http://{_UNREACHABLE}"

    def __init__(self, service: Service) -> None:
        self._service = service
        self._open: set[_PlayedBody] = set()
        self._preferred_before: TransportName | None = None

    def __enter__(self) -> Self:
        # Requests that another library sends would pass this driver by.
        self._preferred_before = prefer_transport("httpx")
        _PLAYING.append(self)
        _ROUTER.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _ROUTER.stop(quiet=True)
        _PLAYING.remove(self)
        prefer_transport(self._preferred_before)

    @property
    def connections(self) -> int:
        """How many replies were neither read to the end nor closed."""
        return len(self._open)

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """Return a loop whose clock jumps."""
        return VirtualClockLoop()

    async def settle(self) -> None:
        """Let pending tasks run; no time passes."""
        loop = asyncio.get_running_loop()
        idle = 0
        for _ in range(_LOOP_TURNS):
            await asyncio.sleep(0)
            idle = idle + 1 if isinstance(loop, VirtualClockLoop) and loop.is_idle else 0
            if idle == _IDLE_TURNS:
                return

    async def pass_time(self, seconds: float) -> None:
        """Let time pass; the clock jumps by itself, so this takes no real time."""
        await asyncio.sleep(seconds)
        await self.settle()

    async def respond(self, request: httpx.Request) -> httpx.Response:
        """Play what the service has for a request."""
        exchange = self._service.handle(_seen_request(request))
        reply = exchange.reply
        await _wait_or_time_out(reply.delay, request)
        if reply.head in ("hang", "stall"):
            await _wait_or_time_out(_FOR_EVER_S, request)
        if reply.head in _INSTEAD_OF_HEAD:
            failure = _INSTEAD_OF_HEAD[reply.head]
            raise type(failure)(str(failure), request=request)
        headers = dict(reply.headers)
        if not reply.streamed:
            headers.setdefault("content-length", str(reply.announced))
        body = _PlayedBody(exchange, request, self._open)
        return httpx.Response(reply.status, headers=headers, stream=body)


async def _answer(request: httpx.Request) -> httpx.Response:
    if request.url.host == _UNREACHABLE:
        return await _never_connect(request)
    return await _PLAYING[0].respond(request)


# One for all: making a router and its routes costs more than most checks.
_ROUTER = respx.MockRouter(assert_all_called=False, using="httpcore")
_ROUTER.route().mock(side_effect=_answer)
_PLAYING: list[RespxDriver] = []


class _PlayedBody(httpx.AsyncByteStream):
    def __init__(
        self, exchange: Exchange, request: httpx.Request, others: set[_PlayedBody]
    ) -> None:
        self._exchange = exchange
        self._request = request
        self._others = others
        others.add(self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for step in self._exchange.reply.steps:
            if isinstance(step, bytes):
                yield self._note_sent(step)
            elif isinstance(step, Pause):
                await _wait_or_time_out(step.seconds, self._request)
            elif isinstance(step, Reset):
                raise httpx.ReadError("connection reset by peer", request=self._request)
            elif isinstance(step, Close):
                raise httpx.RemoteProtocolError(_INCOMPLETE_BODY, request=self._request)
            elif isinstance(step, Endless):
                while True:
                    await _wait_or_time_out(step.every, self._request)
                    yield self._note_sent(step.data)
            else:
                await _wait_or_time_out(_FOR_EVER_S, self._request)
        self._exchange.ended = True

    async def aclose(self) -> None:
        self._exchange.closed += 1
        self._others.discard(self)

    def _note_sent(self, data: bytes) -> bytes:
        self._exchange.sent.append(data)
        return data


async def _wait_or_time_out(seconds: float, request: httpx.Request) -> None:
    """Wait like a real connection: raise ``ReadTimeout`` at the client's own limit."""
    limit = request.extensions.get("timeout", {}).get("read")
    if limit is None or limit >= seconds:
        await asyncio.sleep(seconds)
        return
    await asyncio.sleep(limit)
    raise httpx.ReadTimeout("", request=request)


async def _never_connect(request: httpx.Request) -> httpx.Response:
    limit = request.extensions.get("timeout", {}).get("connect")
    await asyncio.sleep(_FOR_EVER_S if limit is None else limit)
    raise httpx.ConnectTimeout("", request=request)


def _seen_request(request: httpx.Request) -> SeenRequest:
    return SeenRequest(
        method=request.method,
        host=request.url.netloc.decode(),
        path=request.url.raw_path.partition(b"?")[0].decode(),
        query=request.url.query.decode(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.content,
    )
