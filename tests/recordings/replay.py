"""A provider whose service answers as it was recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import httpx
from provider_sdk import ChatResponse, HttpProvider

from .exchanges import Exchange
from .wires import wire_of

QUESTION = [{"role": "user", "content": "What is recorded here?"}]


class Body(httpx.AsyncByteStream):
    """A body in pieces, over a connection that may drop behind the last."""

    def __init__(self, pieces: Sequence[bytes], *, drops: bool = False) -> None:
        self._pieces = pieces
        self._drops = drops

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        if self._drops:
            raise httpx.ReadError("the peer closed the connection")


class Service(httpx.AsyncBaseTransport):
    """Answers every request with one exchange; ``pieces`` and ``drops`` may be changed."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.pieces: Sequence[bytes] = [exchange.body]
        self.drops = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as recorded."""
        return httpx.Response(
            self._exchange.status,
            headers=dict(self._exchange.headers),
            stream=Body(self.pieces, drops=self.drops),
            request=request,
        )


def provider_of(exchange: Exchange, service: Service | None = None) -> HttpProvider:
    """Return the provider of the exchange's wire, in front of its recorded answer."""
    transport = service or Service(exchange)
    return wire_of(exchange).provider(
        api_key="hf_recorded",
        max_retries=0,
        http_client=httpx.AsyncClient(transport=transport),
    )


async def ask(provider: HttpProvider, exchange: Exchange) -> ChatResponse:
    """Ask as it was asked, in one answer or as a stream read to its end."""
    if not exchange.streams:
        return await provider.chat(QUESTION, exchange.model)
    async with await provider.chat(QUESTION, exchange.model, stream=True) as stream:
        return await stream.collect()
