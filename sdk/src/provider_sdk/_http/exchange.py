"""Reads an answer from a connection, in pieces of bounded size."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from provider_sdk._errors import ProviderResponseError
from provider_sdk._http.failures import cut

_BLANK = b"\xef\xbb\xbf \t\r\n"
_SHORT_BYTES = 64 * 1024
_DRAIN_S = 0.25
_PAUSE_BYTES = 256 * 1024


class Exchange:
    """An ``HttpExchange`` for one answer of the HTTP library.

    Args:
        status: the HTTP status.
        headers: names are lower-case.
        chunks: the body as it arrives.
        close: releases the connection.
        failures: what ``chunks`` and ``close`` raise for a broken connection.
        describe: returns the reason in one of them; by default its text.
    """

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        chunks: AsyncIterator[bytes],
        close: Callable[[], Awaitable[None]],
        failures: tuple[type[Exception], ...],
        describe: Callable[[Exception], str] | None = None,
    ) -> None:
        self.status = status
        self.headers = headers
        self._chunks = _decoded(chunks, headers.get("content-encoding", ""))
        self._close = close
        self._failures = failures
        self._describe = describe or text_of
        self._kept: deque[bytes | ProviderResponseError] = deque()
        self._bytes_since_pause = 0
        self._closed = False

    async def read(self) -> bytes | None:
        """Return the next bytes, ``None`` at the end; see ``HttpExchange.read``."""
        if self._kept:
            kept = self._kept.popleft()
            if isinstance(kept, bytes):
                return kept
            raise kept
        try:
            data = await self._chunks.__anext__()  # `anext` with a default costs twice as much
        except StopAsyncIteration:
            return None
        except self._failures as error:
            failure = error
        else:
            self._bytes_since_pause += len(data)
            if self._bytes_since_pause >= _PAUSE_BYTES:
                await self._let_others_run()
            return data
        raise cut(self._describe(failure), self.status)

    async def peek(self) -> bytes:
        """Return the first chunk with content, and keep it; see ``HttpExchange.peek``."""
        seen: deque[bytes | ProviderResponseError] = deque()
        left, start = _SHORT_BYTES, b""
        try:
            while left > 0 and not start and (data := await self.read()) is not None:
                # Blank chunks are kept too: a byte order mark may be cut between two of them.
                seen.append(data)
                left -= len(data)
                start = data.lstrip(_BLANK)
        except ProviderResponseError as error:
            seen.append(error)
        self._kept = seen
        return start

    async def read_all(self, limit: int) -> bytes:
        """Return the whole body; see ``HttpExchange.read_all``."""
        parts: list[bytes] = []
        size = 0
        while (part := await self.read()) is not None:
            parts.append(part)
            size += len(part)
            if size > limit:
                raise ProviderResponseError(
                    f"the answer is larger than {limit} bytes", status=self.status
                )
        return b"".join(parts)

    async def drain(self) -> None:
        """Read the rest of the body if it is short, so that the connection can be used again.

        If the rest is long or late, a new connection costs less: this one will be closed.
        """
        left = _SHORT_BYTES
        try:
            async with asyncio.timeout(_DRAIN_S):
                while left > 0 and (part := await self.read()) is not None:
                    left -= len(part)
        except (TimeoutError, ProviderResponseError):
            return

    async def aclose(self) -> None:
        """Release the connection; further calls do nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._close()
        except self._failures:
            # The connection is gone either way, and the call has its result already.
            return

    async def _let_others_run(self) -> None:
        # Data that has already arrived is read without a pause. So let other tasks run now and
        # then; the deadline of the call needs that too.
        self._bytes_since_pause = 0
        await asyncio.sleep(0)


def _decoded(chunks: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    if not encoding:
        return chunks
    from provider_sdk._http.gzip import inflated  # most answers are not compressed

    return inflated(chunks, encoding)


def text_of(failure: Exception) -> str:
    """Return an exception's text, or its class name if it has none."""
    return str(failure) or type(failure).__name__
