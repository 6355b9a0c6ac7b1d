"""One connection of the socket driver: reads requests and plays the scripted replies."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

import h11

from provider_conformance._service import Service
from provider_conformance.wires._script import (
    Close,
    Endless,
    Exchange,
    Hang,
    Pause,
    Reply,
    Reset,
    SeenRequest,
    Step,
)

# SO_LINGER with 0 seconds: closing the socket then sends RST instead of FIN.
_LINGER_ZERO = struct.pack("ii", 1, 0)
# Small, so that the service soon notices a client that has stopped reading.
_BUFFER_BYTES = 64 * 1024
# Time for written bytes to reach the client before the connection is ended.
_FLUSH_S = 0.02
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NOT_HTTP = b"\x00\xff\x00 this is no HTTP\r\n\r\n"


class Connection(asyncio.Protocol):
    """A connection that is kept alive over several exchanges.

    Args:
        service: makes the replies.
        number: the number of the connection, for ``SeenRequest``.
        others: the set of open connections; it adds and removes itself.
    """

    serving: asyncio.Task[None]
    _transport: asyncio.Transport

    def __init__(self, service: Service, number: int, others: set[Connection]) -> None:
        self._service = service
        self._number = number
        self._others = others
        self._parser = h11.Connection(h11.SERVER)
        self._arrived = asyncio.Event()
        self._client_left = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._dropped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start serving."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=_BUFFER_BYTES)
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        self._others.add(self)
        self.serving = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data: bytes) -> None:
        """Parse bytes of a request."""
        self._parser.receive_data(data)
        self._arrived.set()

    def eof_received(self) -> None:
        """Treat a half-closed connection as closed: the client is not expected to read on."""
        self._client_has_left()

    def connection_lost(self, error: Exception | None) -> None:
        """Stop serving."""
        self._others.discard(self)
        self._client_has_left()

    def pause_writing(self) -> None:
        """Stop writing: the client does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on writing: the client reads again."""
        self._writable.set()

    def abort(self) -> None:
        """Reset the connection (RST)."""
        self._dropped = True
        raw = self._transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._transport.abort()
        self._client_has_left()

    def _client_has_left(self) -> None:
        self._client_left.set()
        self._arrived.set()
        self._writable.set()

    async def _serve(self) -> None:
        try:
            while (request := await self._next_request()) is not None:
                exchange = self._service.handle(request)
                try:
                    exchange.ended = await self._play(exchange.reply, exchange)
                    exchange.closed += self._client_left.is_set() and not self._dropped
                finally:
                    self._service.played(exchange)
                if not exchange.ended:
                    break
                if exchange.reply.closes:
                    await self._client_leaves_within(_FLUSH_S)
                    break
        except h11.RemoteProtocolError as error:
            # An invalid request ends only its own connection.
            reply = self._service.unreadable(str(error))
            self._transport.write(_head_bytes(reply) + reply.body)
        finally:
            self._transport.close()

    async def _next_request(self) -> SeenRequest | None:
        head: h11.Request | None = None
        body = bytearray()
        while not self._client_left.is_set():
            event = self._parser.next_event()
            if event is h11.NEED_DATA:
                self._arrived.clear()
                await self._arrived.wait()
            elif isinstance(event, h11.Request):
                head = event
                if self._parser.they_are_waiting_for_100_continue:
                    self._transport.write(_CONTINUE)
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                self._expect_next_request()
                return _seen_request(head, bytes(body), self._number)
            else:
                break
        return None

    def _expect_next_request(self) -> None:
        # h11 expects to send the reply before the next request; here replies are written directly
        # to the transport, so the next request needs a new parser.
        rest, _ = self._parser.trailing_data
        self._parser = h11.Connection(h11.SERVER)
        if rest:
            self._parser.receive_data(rest)

    async def _play(self, reply: Reply, exchange: Exchange) -> bool:
        """Play a reply; return whether it was played to its end."""
        if await self._client_leaves_within(reply.delay):
            return False
        if reply.head != "send":
            await self._play_failing_head(reply)
            return False
        self._transport.write(_head_bytes(reply))
        for step in reply.steps:
            if not await self._play_step(step, exchange):
                return False
        if reply.streamed:
            self._transport.write(b"0\r\n\r\n")
        return True

    async def _play_failing_head(self, reply: Reply) -> None:
        if reply.head in ("cut", "stall"):
            head = _head_bytes(reply)
            self._transport.write(head[: len(head) // 2])
        elif reply.head == "junk":
            self._transport.write(_NOT_HTTP)
        if reply.head in ("hang", "stall"):
            await self._client_left.wait()
        elif reply.head == "cut":
            await self._reset()
        elif reply.head in ("refuse", "reset"):
            self.abort()

    async def _play_step(self, step: Step, exchange: Exchange) -> bool:
        """Play a step; return whether to go on with the next."""
        match step:
            case bytes():
                return await self._send(step, exchange)
            case Pause(seconds):
                return not await self._client_leaves_within(seconds)
            case Endless(data, every):
                while not await self._client_leaves_within(every):
                    await self._send(data, exchange)
            case Reset():
                await self._reset()
            case Close():
                return False
            case Hang():
                await self._client_left.wait()
        return False

    async def _send(self, data: bytes, exchange: Exchange) -> bool:
        exchange.sent.append(data)
        self._transport.write(_chunk(data) if exchange.reply.streamed else data)
        # Let the loop send this write by itself: the client must receive the pieces as scripted.
        await asyncio.sleep(0)
        await self._writable.wait()
        return not self._client_left.is_set()

    async def _reset(self) -> None:
        await self._client_leaves_within(_FLUSH_S)
        self.abort()

    async def _client_leaves_within(self, seconds: float) -> bool:
        """Wait so many seconds; return whether the client has closed the connection."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._client_left.wait(), seconds)
        return self._client_left.is_set()


def _seen_request(head: h11.Request, body: bytes, connection: int) -> SeenRequest:
    # Bytes that are not UTF-8 are shown as escapes: the wire or the check judges them.
    path, _, query = head.target.decode(errors="backslashreplace").partition("?")
    headers = {
        name.decode().lower(): value.decode(errors="backslashreplace")
        for name, value in head.headers
    }
    return SeenRequest(
        method=head.method.decode(),
        host=headers.get("host", ""),
        path=path,
        query=query,
        headers=headers,
        body=body,
        connection=connection,
    )


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def _head_bytes(reply: Reply) -> bytes:
    headers = dict(reply.headers)
    if reply.streamed:
        headers["transfer-encoding"] = "chunked"
    else:
        headers.setdefault("content-length", str(reply.announced))
    lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
