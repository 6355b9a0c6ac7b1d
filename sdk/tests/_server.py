"""A service on loopback, for what only real connections do."""

import asyncio
import json
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

Act = Callable[["Connection"], Awaitable[None]]


class Connection:
    """One connection, and what an answer is written to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.closed_by_client = asyncio.Event()

    async def read_request(self) -> bytes:
        """Return the next request, ``b""`` where the client has hung up."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return head + await self._reader.readexactly(length)

    async def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self._writer.write(data)
        with suppress(ConnectionError):
            await self._writer.drain()

    async def send_head(self, status: int = 200, **headers: str) -> None:
        """Write the head of an answer; ``_`` in a name stands for ``-``."""
        fields = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([f"HTTP/1.1 {status} X", *fields, "", ""]).encode())

    async def send_chunk(self, data: bytes) -> None:
        """Write a piece of a chunked body; none ends it."""
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    async def hang(self) -> None:
        """Say nothing until the client hangs up."""
        with suppress(ConnectionError):
            while await self._reader.read(1024):
                pass
        self.closed_by_client.set()

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()

    def reset(self, *, hard: bool = False) -> None:
        """Break the connection without a farewell; a hard one is an error for the client."""
        if hard:
            no_farewell = struct.pack("ii", 1, 0)
            opened = self._writer.get_extra_info("socket")
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_farewell)
        self._writer.transport.abort()

    def crash(self) -> None:
        """Break the connection as a machine does that has lost it."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


class Server:
    """Where it listens, and what came in."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[bytes] = []
        self.connections = 0
        self._open: set[Connection] = set()
        self._none_open = asyncio.Event()
        self._none_open.set()

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def hang_up(self) -> None:
        """Break every connection."""
        for connection in self._open:
            connection.reset()

    async def all_closed(self) -> None:
        """Return once no connection is open."""
        async with asyncio.timeout(5):
            await self._none_open.wait()

    @asynccontextmanager
    async def counted(self, connection: Connection) -> AsyncIterator[None]:
        """Count a connection while it is open."""
        self.connections += 1
        self._open.add(connection)
        self._none_open.clear()
        try:
            yield
        finally:
            connection.close()
            self._open.remove(connection)
            if not self._open:
                self._none_open.set()


def answering(body: Any, status: int = 200, **headers: str) -> Act:
    """Answer with JSON."""
    data = json.dumps(body).encode()

    async def act(connection: Connection) -> None:
        fields = {"content_type": "application/json", "content_length": str(len(data)), **headers}
        await connection.send_head(status, **fields)
        await connection.send(data)

    return act


@asynccontextmanager
async def serving(*acts: Any, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Serve on loopback: each request is answered by the next act, the last again and again.

    An act is a coroutine function of the connection, or JSON to answer with.
    """
    server = Server()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        async with server.counted(connection):
            while not writer.is_closing() and (request := await connection.read_request()):
                server.requests.append(request)
                act = acts[min(len(server.requests), len(acts)) - 1]
                await (act if callable(act) else answering(act))(connection)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1"
    async with listener:
        yield server
        server.hang_up()
        await server.all_closed()


@contextmanager
def serving_in_a_thread(*acts: Any) -> Iterator[Server]:
    """Serve as ``serving`` does, on a loop that outlives those of the test."""
    started: Future[tuple[Server, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def main() -> None:
        async with serving(*acts) as server:
            stop = asyncio.Event()
            started.set_result((server, asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    server, loop, stop = started.result(timeout=5)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=5)
