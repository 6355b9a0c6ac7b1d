"""The script over respx: no socket, and a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import httpx
import respx

from provider_conformance._check import DriverName
from provider_conformance._clock import VirtualClockLoop
from provider_conformance._script import Exchange, Pause, Reset, SeenRequest
from provider_conformance._service import Service

_FOR_EVER_S = 1e9


class RespxDriver:
    """Answers every request that httpx makes anywhere in the process."""

    name: DriverName = "respx"
    address = "http://service.test"
    other_address = "http://elsewhere.test"
    connections = 0

    def __init__(self, service: Service) -> None:
        self._service = service
        self._router = respx.MockRouter(assert_all_called=False, using="httpx")
        self._router.route().mock(side_effect=self._respond)

    def __enter__(self) -> Self:
        self._router.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._router.stop(quiet=True)

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """Return a loop whose clock jumps."""
        return VirtualClockLoop()

    async def _respond(self, request: httpx.Request) -> httpx.Response:
        exchange = self._service.handle(_seen(request))
        reply = exchange.reply
        await asyncio.sleep(reply.delay)
        if reply.head == "refuse":
            raise httpx.ConnectError("connection refused", request=request)
        if reply.head == "reset":
            raise httpx.ReadError("connection reset by peer", request=request)
        if reply.head == "junk":
            raise httpx.RemoteProtocolError("illegal status line", request=request)
        if reply.head == "hang":
            await asyncio.sleep(_FOR_EVER_S)
        headers = dict(reply.headers)
        if not reply.streamed:
            headers.setdefault("content-length", str(len(reply.body)))
        return httpx.Response(reply.status, headers=headers, stream=_PlayedBody(exchange))


class _PlayedBody(httpx.AsyncByteStream):
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for step in self._exchange.reply.steps:
            if isinstance(step, bytes):
                self._exchange.sent.append(step)
                yield step
            elif isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
            elif isinstance(step, Reset):
                raise httpx.ReadError("connection reset by peer")
            else:
                await asyncio.sleep(_FOR_EVER_S)
        self._exchange.ended = True

    async def aclose(self) -> None:
        self._exchange.closed += 1


def _seen(request: httpx.Request) -> SeenRequest:
    return SeenRequest(
        method=request.method,
        host=request.url.netloc.decode(),
        path=request.url.path,
        query=request.url.query.decode(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.content,
    )
