"""Reads the events of a stream from a connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from provider_sdk._dialect import Delta, HttpExchange, StreamDecoder, StreamEvent, StreamFailure
from provider_sdk._errors import ProviderError, ProviderResponseError, ProviderTimeoutError
from provider_sdk._timeouts import IdleLimit
from provider_sdk.decoding import DecodeLimitError

MAX_STREAM_BYTES = 512 * 1024 * 1024
"""Most bytes of a stream that are read: eight for each character of the longest answer.

What a decoder keeps besides the answer, such as the state of the turn, is bounded by them too.
"""


class WireSource:
    """An ``EventSource`` over one exchange.

    Args:
        exchange: the answer whose body is the stream.
        decoder: turns its bytes into events.
        add_facts: adds status, request id and back end to an error.
        redact: returns a text of the service without the credential.
    """

    def __init__(
        self,
        exchange: HttpExchange,
        decoder: StreamDecoder,
        *,
        add_facts: Callable[[ProviderError], ProviderError],
        redact: Callable[[str], str],
    ) -> None:
        self._exchange = exchange
        self._decoder = decoder
        self._add_facts = add_facts
        self._redact = redact
        self._ended = False
        self._bytes_left = MAX_STREAM_BYTES
        self._idle = IdleLimit()

    def limit_idle(self, seconds: float) -> None:
        """Limit each wait for bytes from now on; until now the deadline of the call limited all."""
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
                return self._events_with_facts(self._decoder.flush())
            self._bytes_left -= len(data)
            if self._bytes_left >= 0:
                events = self._decoder.feed(data)
                if len(events) == 1 and _is_plain(events[0]):  # as most are
                    return events
                return self._events_with_facts(events)
            failure = ProviderResponseError(f"the stream is larger than {MAX_STREAM_BYTES} bytes")
        except ProviderError as error:
            failure = error
        except TimeoutError as error:
            failure = ProviderTimeoutError(f"the stream was {error}")
        except DecodeLimitError as error:
            failure = ProviderResponseError(f"the stream is broken: {error}")
        except Exception as error:  # noqa: BLE001 - a decoder cannot foresee everything that a service sends
            from provider_sdk._http.unforeseen import unforeseen  # it never should happen

            failure = unforeseen(ProviderResponseError, "the stream cannot be read", error)
        raise self._add_facts(failure)

    async def drain(self) -> None:
        """Read what is left after the terminator."""
        if not self._ended:
            await self._exchange.drain()

    async def aclose(self) -> None:
        """Release the connection."""
        self._idle.stop()
        await self._exchange.aclose()

    def _events_with_facts(self, events: list[StreamEvent]) -> list[StreamEvent]:
        for event in events:
            if type(event) is StreamFailure:
                self._add_facts(event.error)
            elif type(event) is Delta and event.request_id:
                event.request_id = self._redact(event.request_id)
        return events


def _is_plain(event: StreamEvent) -> bool:
    return type(event) is Delta and event.request_id is None
