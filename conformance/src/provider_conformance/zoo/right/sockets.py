"""Right providers that need nothing but the standard library to speak HTTP."""

from __future__ import annotations

import asyncio
import http.client
import select
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from provider_sdk import HttpRequest

from provider_conformance.zoo._right import right
from provider_conformance.zoo.right._exchange import (
    CONNECT_S,
    PIECE,
    Exchange,
    InThreads,
    OtherLibrary,
    lower,
)

_Connection = http.client.HTTPConnection
_NOT_HTTP = (OSError, http.client.HTTPException, EOFError, ValueError)


@right(driver="socket")
class ThreadsOfHttpClient(InThreads):
    """Has threads wait for http.client of the standard library, and keeps its connections."""

    failures = _NOT_HTTP

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._idle: list[_Connection] = []
        self._lock = threading.Lock()

    async def send(self, url: str, request: HttpRequest) -> Exchange:
        """Send a request in a thread; a cancelled call ends its connection."""
        connection = self._connection(url)
        try:
            if connection.sock is None:
                async with asyncio.timeout(CONNECT_S):
                    await self.in_thread(_connect, connection)
            reply = await self.in_thread(_reply, connection, url, request)
        except BaseException:
            _end(connection)
            raise

        async def close() -> None:
            is_read = reply.isclosed() or reply.length == 0
            reply.close()
            if is_read and not reply.will_close and not self.closed:
                with self._lock:
                    self._idle.append(connection)
            else:
                _end(connection)

        pieces = self._pieces(connection, reply)
        return Exchange(reply.status, lower(reply.headers), pieces, close, self.failures)

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        await super().aclose()
        with self._lock:
            while self._idle:
                _end(self._idle.pop())

    def _connection(self, url: str) -> _Connection:
        with self._lock:
            while self._idle:
                kept = self._idle.pop()
                if kept.sock and not select.select([kept.sock], [], [], 0)[0]:
                    return kept
                _end(kept)
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=CONNECT_S)

    async def _pieces(
        self, connection: _Connection, reply: http.client.HTTPResponse
    ) -> AsyncIterator[bytes]:
        try:
            while piece := await self.in_thread(reply.read1, PIECE):
                yield piece
        except asyncio.CancelledError:
            _end(connection)  # which also ends the thread's wait
            raise
        if reply.length:
            raise http.client.IncompleteRead(b"", reply.length)


def _connect(connection: _Connection) -> None:
    connection.connect()
    connection.sock.settimeout(None)  # from now on the deadline of the call counts


def _reply(connection: _Connection, url: str, request: HttpRequest) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request(request.method, target, request.body, dict(request.headers))
    return connection.getresponse()


def _end(connection: _Connection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)  # which wakes the thread that reads
    connection.close()


@right(driver="socket", warns=["PC-LIFE-019", "PC-LIFE-020"])
class WritesHttpItself(OtherLibrary):
    """Writes HTTP by hand over asyncio's streams, and opens a new connection for every call."""

    failures = (*_NOT_HTTP, asyncio.LimitOverrunError)

    async def send(self, url: str, request: HttpRequest) -> Exchange:
        """Send a request over a connection of its own."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        context = await asyncio.to_thread(ssl.create_default_context) if secure else None
        port = parts.port or (443 if secure else 80)
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=context)

        async def close() -> None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

        try:
            writer.write(_head(parts.netloc, parts.path, request) + (request.body or b""))
            await writer.drain()
            status, headers = await _read_head(reader)
        except BaseException:
            await close()
            raise
        return Exchange(status, headers, _body(reader, headers), close, self.failures)


def _head(host: str, path: str, request: HttpRequest) -> bytes:
    headers = {"host": host, **request.headers, "connection": "close"}
    if request.body is not None:
        headers["content-length"] = str(len(request.body))
    lines = [f"{request.method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    version, status = first.split(" ")[:2]
    if not version.startswith("HTTP/1."):
        raise ValueError("this is not HTTP")
    fields = (line.partition(":") for line in lines)
    return int(status), {name.strip().lower(): value.strip() for name, _, value in fields}


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> AsyncIterator[bytes]:
    if "chunked" in headers.get("transfer-encoding", ""):
        while size := int(await reader.readuntil(b"\r\n"), 16):
            yield (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
        return
    left = int(headers["content-length"]) if "content-length" in headers else None
    while left is None or left > 0:
        piece = await reader.read(PIECE if left is None else min(left, PIECE))
        if not piece and left is not None:
            raise EOFError("the body is cut")
        if not piece:
            return
        left = None if left is None else left - len(piece)
        yield piece
