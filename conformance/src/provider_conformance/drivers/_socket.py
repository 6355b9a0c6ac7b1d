"""The driver over a loopback socket: real connections in real time, which no mock can show."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from types import TracebackType
from typing import Self, cast

from provider_conformance._service import Service
from provider_conformance.drivers._base import DriverName
from provider_conformance.drivers._clock import MovableClockLoop
from provider_conformance.drivers._connection import Connection

_SETTLE_S = 0.02
"""Real seconds that pending traffic on loopback needs at most."""
_SETTLE_TURNS = 10


class SocketDriver:
    """Serves on a port of 127.0.0.1, from a thread of its own.

    Args:
        service: makes the replies.
        port: the port to serve on; 0 picks a free one.
    """

    name: DriverName = "socket"

    def __init__(self, service: Service, port: int = 0) -> None:
        self._service = service
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._numbers = itertools.count(1)
        self._connections: set[Connection] = set()
        self._queue_fillers: list[socket.socket] = []
        self.address = ""
        self.other_address = ""

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        except BaseException:
            self._end_thread()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._thread.is_alive():
            return  # in a copy of the process, which a provider made by forking
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._end_thread()
        for member in self._queue_fillers:
            member.close()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    @property
    def unreachable(self) -> str:
        """An address whose accept queue is full, so that connecting never ends."""
        if not self._queue_fillers:
            self._queue_fillers = _full_queue()
        return f"http://127.0.0.1:{self._queue_fillers[0].getsockname()[1]}"

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """Return an event loop that runs in real time and whose clock can be moved forward."""
        return MovableClockLoop()

    async def settle(self) -> None:
        """Let pending traffic happen, within a fraction of a real second."""
        # In slices, so that a client that computes for long still gets several turns.
        for _ in range(_SETTLE_TURNS):
            await asyncio.sleep(_SETTLE_S / _SETTLE_TURNS)

    async def pass_time(self, seconds: float) -> None:
        """Move the clock of the provider's event loop; that of the service stays real."""
        await self.settle()
        cast("MovableClockLoop", asyncio.get_running_loop()).move(seconds)
        await self.settle()

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        self._server = await self._loop.create_server(self._connect, "127.0.0.1", self._port)
        port = self._server.sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        # To a client, another host name is another host, although the server is the same.
        self.other_address = f"http://localhost:{port}"

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(c.serving for c in connections), return_exceptions=True)

    def _connect(self) -> Connection:
        return Connection(self._service, next(self._numbers), self._connections)


def _full_queue() -> list[socket.socket]:
    """Return a listening socket that accepts nothing, and the connections that fill its queue."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    crowd = [listener]
    for _ in range(3):
        member = socket.socket()
        member.setblocking(False)
        member.connect_ex(listener.getsockname())
        crowd.append(member)
    return crowd
