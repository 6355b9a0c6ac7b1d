"""Connections by event loop: a connection belongs to the loop that opened it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Generic, NamedTuple, Protocol, TypeVar
from weakref import finalize

from provider_sdk._http.transport import Route


class Closable(Protocol):
    """Connections of one event loop."""

    async def aclose(self) -> None:
        """Close them."""

    def abandon(self) -> None:
        """Forget them, after their loop was closed without closing them."""


_Connections = TypeVar("_Connections", bound=Closable)


class _Kept(NamedTuple, Generic[_Connections]):
    connections: _Connections
    closing: AsyncGenerator[None, None]


class PerLoop(Generic[_Connections]):
    """The connections of one provider: one object per event loop and route.

    Args:
        make: makes the object; it is called in the loop that will use it. It must not refer to
            this object, which would never be dropped then.
    """

    def __init__(self, make: Callable[[Route], _Connections]) -> None:
        self._make = make
        self._kept: dict[tuple[asyncio.AbstractEventLoop, Route], _Kept[_Connections]] = {}
        self._lock = threading.Lock()
        # If a provider is dropped without `aclose`, what it leaves must outlive it: aiohttp writes
        # an error to the log for each session that the garbage collector finds open.
        finalize(self, _close_what_is_left, self._kept).atexit = False

    async def get(self, route: Route) -> _Connections:
        """Return the connections of this event loop for a route."""
        loop = asyncio.get_running_loop()
        found = self._kept.get((loop, route))
        if found is not None:
            return found.connections
        with self._lock:
            for stale in [key for key in self._kept if key[0].is_closed()]:
                self._kept.pop(stale).connections.abandon()
            connections = self._make(route)
            closing = close_at_loop_end(connections)
            self._kept[loop, route] = _Kept(connections, closing)
        await anext(closing)
        return connections

    async def aclose(self) -> None:
        """Close all connections, those of other event loops included."""
        with self._lock:
            kept = dict(self._kept)
            self._kept.clear()
        here = asyncio.get_running_loop()
        for (loop, _), each in kept.items():
            if loop is here:
                await each.closing.aclose()
            else:
                _close_elsewhere(loop, each)


def _close_what_is_left(
    kept: dict[tuple[asyncio.AbstractEventLoop, Route], _Kept[_Connections]],
) -> None:
    for (loop, _), each in kept.items():
        _close_elsewhere(loop, each)


def _close_elsewhere(loop: asyncio.AbstractEventLoop, kept: _Kept[_Connections]) -> None:
    """Let connections be closed by the loop that opened them, once it runs."""
    if loop.is_closed():
        kept.connections.abandon()
    else:
        loop.call_soon_threadsafe(lambda: loop.create_task(_end(kept.closing)))


async def _end(closing: AsyncGenerator[None, None]) -> None:
    await closing.aclose()


async def close_at_loop_end(connections: Closable) -> AsyncGenerator[None, None]:
    """Close connections when the generator is closed, at the latest when the event loop ends.

    asyncio closes its asynchronous generators at shutdown. This one closes the connections then,
    because nothing can close them after their loop has ended.
    """
    try:
        yield
    finally:
        await connections.aclose()
