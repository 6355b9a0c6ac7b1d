"""Mutants that LIFE must kill: providers."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
from provider_sdk import ChatResponse, ChatStream, ProviderError, ProviderTimeoutError

from provider_conformance.zoo._clients import Client, WithClient
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo._sources import ChangedSource
from provider_conformance.zoo.reference import Call, Mutable


@mutant("PC-LIFE-013", "chat() when it is cancelled: to raise CancelledError")
class CancelledIsTimeout(Mutable):
    """Takes its cancellation for a timeout."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Catch too much."""
        try:
            return await call()
        except asyncio.CancelledError:
            raise ProviderTimeoutError("the call was cancelled") from None


@mutant("PC-LIFE-013", "health_check() when it is cancelled: to raise CancelledError")
class CancelledIsUnhealthy(Mutable):
    """Answers a cancelled health check."""

    async def health_check(self) -> bool:
        """Catch too much."""
        try:
            return await super().health_check()
        except BaseException:  # noqa: BLE001 - that is the mistake
            return False


@mutant("PC-LIFE-014", "tasks left after aclose()")
class LeavesTasks(Mutable):
    """Starts a task with every call, and forgets it."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Start a task."""
        self.task = asyncio.ensure_future(asyncio.sleep(1e6))
        return await call()


@mutant("PC-LIFE-015", "chat() after aclose(): to raise ProviderError")
class StaysOpen(Mutable):
    """Does nothing when it is closed."""

    async def aclose(self) -> None:
        """Do nothing."""


@mutant("PC-LIFE-016", "a second aclose(): to succeed")
class ClosesOnce(Mutable):
    """Gives its client away when it is closed, and misses it when it is closed again."""

    closed = False

    async def aclose(self) -> None:
        """Insist on being open."""
        if self.closed:
            raise RuntimeError("the client is closed already")
        self.closed = True
        await super().aclose()


@mutant("PC-LIFE-017", "after its block: to raise ProviderError")
class LeavesBlocksOpen(Mutable):
    """Does nothing at the end of its block."""

    async def __aexit__(self, *exception: Any) -> None:
        return


@mutant("PC-LIFE-017", "a block with a failed call: to raise ProviderError")
class SwallowsFailures(Mutable):
    """Ends a block quietly if a call in it failed."""

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> bool:  # type: ignore[override]
        """Close, and keep the error."""
        await self.aclose()
        return isinstance(error, ProviderError)


@mutant("PC-LIFE-018", "chat() in the event loop: not to block it")
class Blocks(Mutable):
    """Sleeps in the way of all others."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Sleep."""
        time.sleep(0.001)  # noqa: ASYNC251 - that is the mistake
        return await call()


@mutant("PC-LIFE-019", "the connection of the second call: 1")
class ConnectsEachTime(WithClient):
    """Keeps no connection."""

    def __init__(self, **config: Any) -> None:
        client = Client(limits=httpx.Limits(max_keepalive_connections=0))
        super().__init__(client=client, **config)


class _Undrained(ChangedSource):
    async def drain(self) -> None:
        return


@mutant("PC-LIFE-020", "the connection of a call after a stream: 1")
class ClosesAfterStreams(Mutable):
    """Closes a connection whose stream has ended, although it could be used again.

    With aiohttp, a stream whose rest has arrived with its end gives its connection back by itself.
    """

    source = _Undrained

    def __init__(self, **config: Any) -> None:
        super().__init__(transport="httpx", **config)


@mutant("PC-LIFE-021", "a call on a connection that has ended: to succeed")
class TrustsConnections(WithClient):
    """Uses a kept connection without looking, and does not try again."""

    def __init__(self, *, max_retries: int = 0, **config: Any) -> None:
        super().__init__(max_retries=0, **config)

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Make the pool blind."""
        transport: Any = self.client._transport
        for connection in transport._pool.connections:
            connection._connection.has_expired = lambda: False
        return await call()


@mutant("PC-LIFE-022", "a call after a failure of the service: to succeed")
class NeverRecovers(Mutable):
    """Takes one failure for the last word."""

    failure: ProviderError | None = None

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Remember the failure."""
        if self.failure is not None:
            raise self.failure
        try:
            return await call()
        except ProviderError as error:
            self.failure = error
            raise


@mutant("PC-LIFE-023", "a call in a second event loop: to succeed")
class IsBoundToItsLoop(Mutable):
    """Keeps a lock of the first event loop."""

    loop: asyncio.AbstractEventLoop | None = None

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Insist on the first loop."""
        self.loop = self.loop or asyncio.get_running_loop()
        if self.loop is not asyncio.get_running_loop():
            raise RuntimeError("the lock is bound to a different event loop")
        return await call()


@mutant("PC-LIFE-024", "the injected client after aclose(): open")
class ClosesWhatItWasGiven(Mutable):
    """Closes a client that belongs to someone else."""

    def __init__(self, *, http_client: httpx.AsyncClient | None = None, **config: Any) -> None:
        super().__init__(http_client=http_client, **config)
        self.given = http_client

    async def aclose(self) -> None:
        """Close too much."""
        await super().aclose()
        if self.given is not None:
            await self.given.aclose()


@mutant("PC-LIFE-024", "the header that the injected client adds")
class IgnoresWhatItWasGiven(Mutable):
    """Accepts a client and uses its own."""

    def __init__(self, *, http_client: object = None, **config: Any) -> None:
        super().__init__(**config)
