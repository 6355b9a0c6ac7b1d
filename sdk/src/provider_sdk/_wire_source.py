"""The events of a stream, read from a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from provider_sdk._dialect import StreamDecoder, StreamEvent, StreamFailure, StreamJunk
from provider_sdk._errors import ProviderError, ProviderResponseError, ProviderTimeoutError
from provider_sdk.decoding import DecodeLimitError

if TYPE_CHECKING:
    from provider_sdk._transport import Exchange


class WireSource:
    """An ``EventSource`` over one exchange.

    ``idle_s`` bounds the wait for the next bytes; ``None`` while the deadline of the call still
    bounds everything.
    """

    def __init__(
        self,
        exchange: Exchange,
        decoder: StreamDecoder,
        *,
        redact: Callable[[str], str],
        explain: Callable[[ProviderError], ProviderError],
    ) -> None:
        self._exchange = exchange
        self._decoder = decoder
        self._redact = redact
        self._explain = explain
        self._ended = False
        self.idle_s: float | None = None

    async def read(self) -> Sequence[StreamEvent] | None:
        """Return the next events, ``None`` at the end of the body."""
        if self._ended:
            return None
        data = await self._next_bytes()
        try:
            if data is None:
                self._ended = True
                return self._safe(self._decoder.flush())
            return self._safe(self._decoder.feed(data))
        except DecodeLimitError as error:
            problem = str(error)
        raise ProviderResponseError(f"the stream is broken: {problem}")

    async def drain(self) -> None:
        """Read what is left after the terminator."""
        if not self._ended:
            await self._exchange.drain()

    async def aclose(self) -> None:
        """Release the connection."""
        await self._exchange.aclose()

    async def _next_bytes(self) -> bytes | None:
        if self.idle_s is None:
            return await self._exchange.read()
        try:
            async with asyncio.timeout(self.idle_s):
                return await self._exchange.read()
        except TimeoutError:
            pass  # raised below, so that the error carries no context
        raise ProviderTimeoutError(f"the stream was silent for {self.idle_s:g} s")

    def _safe(self, events: list[StreamEvent]) -> list[StreamEvent]:
        for position, event in enumerate(events):
            if isinstance(event, StreamFailure):
                self._explain(event.error)
            elif isinstance(event, StreamJunk):
                events[position] = StreamJunk(self._redact(event.problem))
        return events
