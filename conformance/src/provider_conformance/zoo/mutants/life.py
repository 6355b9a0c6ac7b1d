"""Mutants that LIFE must kill: streams."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, cast

import httpx
from provider_sdk import (
    ChatChunk,
    ChatResponse,
    ChatStream,
    Delta,
    EventSource,
    StreamEvent,
    StreamFailure,
)

from provider_conformance.zoo._clients import Client, WithClient
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo._sources import ChangedSource
from provider_conformance.zoo.reference import Call, Mutable


class _OwnStream(Mutable):
    """Returns streams of another class."""

    streams: ClassVar[type[ChatStream]] = ChatStream

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Change the class of a stream."""
        answer = await call()
        if isinstance(answer, ChatStream):
            answer.__class__ = self.streams
        return answer


class _Held(ChangedSource):
    async def drain(self) -> None:
        return

    async def aclose(self) -> None:
        return


@mutant(
    "PC-LIFE-001", "how often the connection of a stream that was read to its end was closed: 1"
)
class HoldsConnections(Mutable):
    """Stops at the terminator, and never closes."""

    source = _Held


class _Remembered(Client):
    responses: tuple[httpx.Response, ...] = ()

    async def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        response = await super().send(request, **how)
        self.responses = (*self.responses, response)
        return response


class _ClosedTwice(ChangedSource):
    def __init__(self, inner: EventSource, response: httpx.Response) -> None:
        super().__init__(inner)
        self._response = response

    async def aclose(self) -> None:
        await self.inner.aclose()
        await cast("httpx.AsyncByteStream", self._response.stream).aclose()


@mutant(
    "PC-LIFE-001", "how often the connection of a stream that was read to its end was closed: 1"
)
class ClosesTwice(WithClient):
    """Closes a connection that is closed already."""

    def __init__(self, **config: Any) -> None:
        self.remembered = _Remembered()
        super().__init__(client=self.remembered, **config)

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Change how a stream is closed."""
        answer = await call()
        if isinstance(answer, ChatStream):
            response = self.remembered.responses[-1]
            answer.wrap_source(lambda source: _ClosedTwice(source, response))
        return answer


class _OpenAfterBreak(ChatStream):
    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if kind is not None:
            await self.aclose()


@mutant("PC-LIFE-002", "how often the connection of a stream that was left by break was closed: 1")
class IgnoresBreaks(_OwnStream):
    """Takes a block that ends well for a stream that was read to its end."""

    streams = _OpenAfterBreak


class _OpenAfterException(ChatStream):
    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if kind is None:
            await self.aclose()


@mutant(
    "PC-LIFE-003",
    "how often the connection of a stream that was left by an exception was closed: 1",
)
class IgnoresExceptions(_OwnStream):
    """Closes after the block only if nothing was raised in it."""

    streams = _OpenAfterException


class _Unclosable(ChatStream):
    async def aclose(self) -> None:
        if self._response is not None:
            await super().aclose()


@mutant(
    "PC-LIFE-004", "how often the connection of a stream whose aclose() was called was closed: 1"
)
class ClosesAtTheEnd(_OwnStream):
    """Closes nothing before the stream has ended."""

    streams = _Unclosable


class _Shielded(ChatStream):
    async def __anext__(self) -> ChatChunk:
        return await asyncio.shield(asyncio.ensure_future(super().__anext__()))


@mutant(
    "PC-LIFE-005", "how often the connection of a stream whose reader was cancelled was closed: 1"
)
class ReadsForNobody(_OwnStream):
    """Goes on reading when its reader is gone."""

    streams = _Shielded


@mutant("PC-LIFE-006", "how often the connection of a call that was cancelled was closed: 1")
class AsksForNobody(Mutable):
    """Goes on with a call when its caller is gone."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Shield the call."""
        return await asyncio.shield(asyncio.ensure_future(call()))


class _Silent(ChatStream):
    def __del__(self) -> None:
        return


@mutant("PC-LIFE-007", "warnings about a dropped stream: a ResourceWarning")
class DropsSilently(_OwnStream):
    """Says nothing when an open stream is dropped."""

    streams = _Silent


class _ReadAhead(ChangedSource):
    batches: list[Sequence[StreamEvent]] | None = None

    async def read(self) -> Sequence[StreamEvent] | None:
        if self.batches is None:
            self.batches = []
            while (events := await self.inner.read()) is not None:
                self.batches.append(events)
        return self.batches.pop(0) if self.batches else None


@mutant("PC-LIFE-008", "pieces that were taken when the first text had been read")
class StreamsFromMemory(Mutable):
    """Takes in the whole answer, and then yields it in pieces."""

    source = _ReadAhead


class _OpenAfterFailure(ChangedSource):
    failed = False

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        self.failed = any(isinstance(event, StreamFailure) for event in events)
        return events

    async def aclose(self) -> None:
        if not self.failed:
            await self.inner.aclose()


@mutant("PC-LIFE-009", "how often the connection of a stream that raised was closed: 1")
class HoldsFailedStreams(Mutable):
    """Forgets to close when it raises."""

    source = _OpenAfterFailure


class _Forgetful(Client):
    async def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        reply = await super().send(request, **how)
        if reply.is_success:
            return reply
        empty = httpx.Response(reply.status_code, request=request)
        empty.extensions["forgotten"] = reply
        return empty


@mutant("PC-LIFE-010", "how often the connection of a call that failed was closed: 1")
class HoldsFailedCalls(WithClient):
    """Raises an error by its status, and leaves the rest of the reply where it is."""

    def __init__(self, **config: Any) -> None:
        super().__init__(client=_Forgetful(), **config)


@mutant("PC-LIFE-011", "the text of the first of two streams")
class SharesItsBuffer(Mutable):
    """Keeps the last token back, on itself."""

    held = ""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta of a stream."""
        text, self.held = self.held, delta.text
        return replace(delta, text=text)


@mutant("PC-LIFE-012", "the answers to six calls at once")
class SharesItsResponse(Mutable):
    """Keeps the last response, on itself."""

    last: ChatResponse | None = None

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        self.last = response
        return response

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Return what is there."""
        answer = await call()
        await asyncio.sleep(0.01)
        return self.last if self.last and isinstance(answer, ChatResponse) else answer
