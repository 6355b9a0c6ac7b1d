"""The events of a stream, read from a connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from provider_sdk._dialect import Delta, StreamDecoder, StreamEvent, StreamFailure, StreamJunk
from provider_sdk._errors import ProviderError, ProviderResponseError, ProviderTimeoutError
from provider_sdk._timeouts import IdleLimit
from provider_sdk.decoding import DecodeLimitError

if TYPE_CHECKING:
    from provider_sdk._http.transport import Exchange


class WireSource:
    """An ``EventSource`` over one exchange."""

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
        self._idle = IdleLimit()

    def limit_idle(self, seconds: float) -> None:
        """Bound each wait for bytes from now on; before, the deadline of the call bounds all."""
        self._idle.seconds = seconds

    async def read(self) -> Sequence[StreamEvent] | None:
        """Return the next events, ``None`` at the end of the body."""
        if self._ended:
            return None
        failure: ProviderError
        try:
            with self._idle:
                data = await self._exchange.read()
            if data is None:
                self._ended = True
                return self._safe(self._decoder.flush())
            return self._safe(self._decoder.feed(data))
        except ProviderError as error:
            failure = self._explain(error)
        except TimeoutError as error:
            failure = ProviderTimeoutError(f"the stream was {error}")
        except DecodeLimitError as error:
            failure = ProviderResponseError(f"the stream is broken: {error}")
        raise failure  # here, so that it carries no context

    async def drain(self) -> None:
        """Read what is left after the terminator."""
        if not self._ended:
            await self._exchange.drain()

    async def aclose(self) -> None:
        """Release the connection."""
        self._idle.stop()
        await self._exchange.aclose()

    def _safe(self, events: list[StreamEvent]) -> list[StreamEvent]:
        for position, event in enumerate(events):
            if isinstance(event, Delta):
                continue
            if isinstance(event, StreamFailure):
                self._explain(event.error)
            elif isinstance(event, StreamJunk):
                events[position] = StreamJunk(self._redact(event.problem))
        return events
