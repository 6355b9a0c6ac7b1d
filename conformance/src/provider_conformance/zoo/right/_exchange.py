"""What right providers on other HTTP libraries need: an exchange, and a provider that opens it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, TypeVar

from provider_sdk import (
    HttpRequest,
    ProviderError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from provider_conformance.zoo.reference import ReferenceProvider

CONNECT_S = 5.0
PIECE = 64 * 1024
_DRAIN_S = 0.2
_MOST_THREADS = 100

_T = TypeVar("_T")

Failures = tuple[type[Exception], ...]


class Exchange:
    """An answer whose body arrives in pieces.

    Args:
        status: the HTTP status.
        headers: their names are in lower case.
        pieces: the body.
        close: releases the connection.
        failures: what ``pieces`` raises if the connection breaks.
    """

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        pieces: AsyncIterator[bytes],
        close: Callable[[], Awaitable[None]],
        failures: Failures,
    ) -> None:
        self.status = status
        self.headers = headers
        self._pieces = pieces
        self._close = close
        self._failures = failures
        self._kept: list[bytes] = []
        self._closed = False

    async def read(self) -> bytes | None:
        """Return the next bytes, ``None`` at the end."""
        if self._closed:
            raise ProviderResponseError("the connection was closed", status=self.status)
        if self._kept:
            return self._kept.pop(0)
        try:
            return await anext(self._pieces, None)
        except self._failures as error:
            problem = type(error).__name__
        raise ProviderResponseError(f"the connection broke ({problem})", status=self.status)

    async def peek(self) -> bytes:
        """Return the first bytes with content; they are read again."""
        seen: list[bytes] = []
        try:
            while not any(map(_content, seen)) and sum(map(len, seen)) < PIECE:
                piece = await self.read()
                if piece is None:
                    break
                seen.append(piece)
        except ProviderResponseError:
            pass  # the next read says so again
        self._kept = seen + self._kept
        return _content(b"".join(seen))

    async def read_all(self, limit: int) -> bytes:
        """Return the whole body."""
        body = b""
        while (piece := await self.read()) is not None:
            body += piece
            if len(body) > limit:
                raise ProviderResponseError(f"the answer is larger than {limit} bytes")
        return body

    async def drain(self) -> None:
        """Read what is left, for a moment."""
        try:
            async with asyncio.timeout(_DRAIN_S):
                while await self.read() is not None:
                    pass
        except (TimeoutError, ProviderResponseError):
            return

    async def aclose(self) -> None:
        """Release the connection, once."""
        if not self._closed:
            self._closed = True
            await self._close()

    @property
    def is_closed(self) -> bool:
        """Whether its connection was released."""
        return self._closed


class OtherLibrary(ReferenceProvider):
    """Sends requests with another library than httpx's asynchronous client; takes no client."""

    failures: ClassVar[Failures] = (OSError,)

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        default_model: str | None = None,
        timeout: float = 120.0,
        max_retries: int = 2,
    ) -> None:
        super().__init__(
            api_key=api_key,
            base_url=base_url,
            default_model=default_model,
            timeout=timeout,
            max_retries=max_retries,
        )

        self._exchanges: list[Exchange] = []

    @abstractmethod
    async def send(self, url: str, request: HttpRequest) -> Exchange:
        """Send a request, and return its answer once its head has arrived."""

    async def open(self, request: HttpRequest) -> Any:
        """Send a request; its failures become the contract's."""
        failure: ProviderError
        try:
            exchange = await self.send((request.base_url or self.base_url) + request.path, request)
        except TimeoutError:
            failure = ProviderTimeoutError("the service did not answer in time", hint="Try again.")
        except self.failures as error:
            problem = type(error).__name__
            failure = ProviderUnavailableError(f"the service cannot be reached ({problem})")
        else:
            self._exchanges = [one for one in self._exchanges if not one.is_closed] + [exchange]
            return exchange
        raise failure

    async def aclose(self) -> None:
        """Close what is still open, such as streams that nobody reads to their end."""
        await super().aclose()
        for exchange in self._exchanges:
            await exchange.aclose()


class InThreads(OtherLibrary):
    """Has threads wait for a blocking library."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        # The event loop's own executor has too few threads for calls that wait for long.
        self._threads = ThreadPoolExecutor(_MOST_THREADS)
        self.closed = False

    async def in_thread(self, work: Callable[..., _T], *arguments: Any) -> _T:
        """Return the result of work that blocks."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def aclose(self) -> None:
        """Let the threads end."""
        self.closed = True
        await super().aclose()
        self._threads.shutdown(wait=False)


def lower(headers: Any) -> dict[str, str]:
    """Return headers with names in lower case."""
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _content(piece: bytes) -> bytes:
    return piece.lstrip(b"\xef\xbb\xbf \t\r\n")
