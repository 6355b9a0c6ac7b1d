"""Right providers on other HTTP libraries: aiohttp, and httpx's blocking client."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import httpx
from provider_sdk import HttpRequest

from provider_conformance.zoo._right import right
from provider_conformance.zoo.right._exchange import (
    CONNECT_S,
    Exchange,
    InThreads,
    OtherLibrary,
    lower,
)


@right(driver="socket")
class OnAiohttp(OtherLibrary):
    """Sends requests with aiohttp, in a session for each event loop."""

    failures = (aiohttp.ClientError, OSError, ValueError)

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._clients: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}

    async def send(self, url: str, request: HttpRequest) -> Exchange:
        """Send a request."""
        reply = await self._client().request(
            request.method,
            url,
            data=request.body,
            headers=request.headers,
            allow_redirects=False,
        )

        async def close() -> None:
            reply.close()

        pieces = reply.content.iter_any()
        return Exchange(reply.status, lower(reply.headers), aiter(pieces), close, self.failures)

    async def aclose(self) -> None:
        """Close the sessions."""
        await super().aclose()
        clients, self._clients = self._clients, {}
        for session in clients.values():
            await session.close()

    def _client(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S)
            self._clients[loop] = aiohttp.ClientSession(timeout=limits)
        return self._clients[loop]


class _Leased:
    """A blocking client for one call at a time, and the socket of its connection."""

    def __init__(self, url: str) -> None:
        self.socket: socket.socket | None = None
        self.client = httpx.Client(
            verify=url.startswith("https:"),  # without need, certificates take long to read
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            trust_env=False,
            follow_redirects=False,
        )

    def send(self, url: str, request: HttpRequest) -> httpx.Response:
        prepared = self.client.build_request(
            request.method,
            url,
            content=request.body,
            headers=request.headers,
            extensions={"trace": self._note_socket},
        )
        return self.client.send(prepared, stream=True)

    def end(self) -> None:
        """End the connection, and so the wait of the thread that reads from it."""
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)

    def _note_socket(self, event: str, info: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            self.socket = info["return_value"].get_extra_info("socket")


@right(driver="socket")
class ThreadsOfHttpx(InThreads):
    """Has threads wait for httpx's blocking client, one client for each call at a time."""

    failures = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._idle: list[_Leased] = []
        self._lock = threading.Lock()

    async def send(self, url: str, request: HttpRequest) -> Exchange:
        """Send a request in a thread; a cancelled call ends its connection."""
        with self._lock:
            leased = self._idle.pop() if self._idle else None
        if leased is None:
            leased = await self.in_thread(_Leased, url)
        try:
            reply = await self.in_thread(leased.send, url, request)
        except BaseException:
            leased.end()
            leased.client.close()
            raise

        async def close() -> None:
            if not reply.is_stream_consumed or self.closed:
                leased.end()
            reply.close()
            with self._lock:
                self._idle.append(leased)

        pieces = self._pieces(leased, reply)
        return Exchange(reply.status_code, lower(reply.headers), pieces, close, self.failures)

    async def aclose(self) -> None:
        """Close the clients."""
        await super().aclose()
        with self._lock:
            while self._idle:
                self._idle.pop().client.close()

    async def _pieces(self, leased: _Leased, reply: httpx.Response) -> AsyncIterator[bytes]:
        pieces = reply.iter_bytes()
        try:
            while (piece := await self.in_thread(next, pieces, None)) is not None:
                yield piece
        except asyncio.CancelledError:
            leased.end()
            raise
