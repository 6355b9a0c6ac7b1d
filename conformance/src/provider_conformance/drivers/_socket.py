"""The script over a loopback socket: what no mock can show, in real time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

import h11

from provider_conformance._check import DriverName
from provider_conformance._script import Exchange, Pause, Reply, Reset, SeenRequest, Step
from provider_conformance._service import Service

# Linger for no time: closing then sends RST instead of FIN.
_RST = struct.pack("ii", 1, 0)


class SocketDriver:
    """Serves on a port of 127.0.0.1, from a thread of its own.

    Args:
        service: what answers.
        port: the port to serve on; 0 takes a free one.
    """

    name: DriverName = "socket"

    def __init__(self, service: Service, port: int = 0) -> None:
        self._service = service
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self.address = ""
        self.other_address = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """Return an ordinary loop: a socket needs real time."""
        return asyncio.new_event_loop()

    async def _start(self) -> None:
        self._server = await self._loop.create_server(self._connect, "127.0.0.1", self._port)
        port = self._server.sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        # The same server under another host name is another host to a client.
        self.other_address = f"http://localhost:{port}"

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(c.serving for c in connections), return_exceptions=True)

    def _connect(self) -> _Connection:
        return _Connection(self._service, self._connections)


class _Connection(asyncio.Protocol):
    """One connection, kept alive over several exchanges."""

    serving: asyncio.Task[None]
    _transport: asyncio.Transport

    def __init__(self, service: Service, connections: set[_Connection]) -> None:
        self._service = service
        self._connections = connections
        self._parser = h11.Connection(h11.SERVER)
        self._arrived = asyncio.Event()
        self._left = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)
        self.serving = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data: bytes) -> None:
        self._parser.receive_data(data)
        self._arrived.set()

    def eof_received(self) -> None:
        # A client that closes its side reads no further either.
        self._leave()

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        self._leave()

    def abort(self) -> None:
        """Drop the connection without ceremony (RST)."""
        raw = self._transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
        self._transport.abort()
        self._leave()

    def _leave(self) -> None:
        self._left.set()
        self._arrived.set()

    async def _serve(self) -> None:
        # A client may send nonsense; that ends only its connection.
        with contextlib.suppress(h11.RemoteProtocolError):
            while (request := await self._request()) is not None:
                exchange = self._service.handle(request)
                exchange.ended = await self._play(exchange.reply, exchange)
                exchange.closed += self._left.is_set()
                if not exchange.ended:
                    break
        self._transport.close()

    async def _request(self) -> SeenRequest | None:
        head: h11.Request | None = None
        body = b""
        while not self._left.is_set():
            event = self._parser.next_event()
            if event is h11.NEED_DATA:
                self._arrived.clear()
                await self._arrived.wait()
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                self._await_next()
                return _seen(head, body)
            else:
                break
        return None

    def _await_next(self) -> None:
        # Replies are written by hand, faults and all, so the parser never sees one and cannot
        # go on to the next request by itself.
        rest, _ = self._parser.trailing_data
        self._parser = h11.Connection(h11.SERVER)
        if rest:
            self._parser.receive_data(rest)

    async def _play(self, reply: Reply, exchange: Exchange) -> bool:
        """Play the reply; return whether it came to its end."""
        if await self._leaves_within(reply.delay):
            return False
        if reply.head in ("refuse", "reset"):
            self.abort()
            return False
        if reply.head == "hang":
            await self._left.wait()
            return False
        if reply.head == "junk":
            self._transport.write(b"\x00\xff\x00 this is no HTTP\r\n\r\n")
            return False
        self._transport.write(_head(reply))
        for step in reply.steps:
            if not await self._step(step, exchange):
                return False
        if reply.streamed:
            self._transport.write(b"0\r\n\r\n")
        return True

    async def _step(self, step: Step, exchange: Exchange) -> bool:
        if isinstance(step, bytes):
            exchange.sent.append(step)
            self._transport.write(_chunk(step) if exchange.reply.streamed else step)
            # One write, one segment: the client must see the pieces as they were scripted.
            return not await self._leaves_within(0)
        if isinstance(step, Pause):
            return not await self._leaves_within(step.seconds)
        if isinstance(step, Reset):
            # What was written before must reach the client first.
            await self._leaves_within(0.02)
            self.abort()
        else:
            await self._left.wait()
        return False

    async def _leaves_within(self, seconds: float) -> bool:
        """Wait; return whether the client closed the connection meanwhile."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return self._left.is_set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._left.wait(), seconds)
        return self._left.is_set()


def _seen(head: h11.Request, body: bytes) -> SeenRequest:
    path, _, query = head.target.decode().partition("?")
    headers = {name.decode().lower(): value.decode() for name, value in head.headers}
    return SeenRequest(
        method=head.method.decode(),
        host=headers.get("host", ""),
        path=path,
        query=query,
        headers=headers,
        body=body,
    )


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def _head(reply: Reply) -> bytes:
    headers = dict(reply.headers)
    if reply.streamed:
        headers["transfer-encoding"] = "chunked"
    else:
        headers.setdefault("content-length", str(len(reply.body)))
    lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
