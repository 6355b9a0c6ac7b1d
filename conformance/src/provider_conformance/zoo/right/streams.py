"""Right providers whose streams are of their own classes."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from provider_sdk import ChatChunk, ChatResponse, ChatStream

from provider_conformance.zoo._right import right
from provider_conformance.zoo.right._own_streams import OwnStream, WithOwnStreams


@right()
class OwnStreams(WithOwnStreams):
    """Returns streams with slots that are no ChatStream, and behave like one."""


class _WithEmptyChunks(OwnStream):
    __slots__ = ("_last",)

    def __init__(self, inner: ChatStream) -> None:
        super().__init__(inner)
        self._last: ChatChunk | None = None

    async def __anext__(self) -> ChatChunk:
        if self._last is None:
            self._last = await anext(self.inner)
            return ChatChunk()
        last, self._last = self._last, None
        return last

    @property
    def response(self) -> ChatResponse:
        if self._last is not None:
            raise RuntimeError("the stream has not ended")
        return super().response


@right()
class EmptyChunks(WithOwnStreams):
    """Yields an empty chunk before every other."""

    streams = _WithEmptyChunks


class _WithEmptyFirst(OwnStream):
    __slots__ = ("_begun",)

    def __init__(self, inner: ChatStream) -> None:
        super().__init__(inner)
        self._begun = False

    async def __anext__(self) -> ChatChunk:
        if self._begun:
            return await super().__anext__()
        self._begun = True
        return ChatChunk()


@right()
class EmptyFirstChunk(WithOwnStreams):
    """Begins each stream with an empty chunk, for the event that opens an answer."""

    streams = _WithEmptyFirst


class _WithEmptyLast(OwnStream):
    __slots__ = ("_ended",)

    def __init__(self, inner: ChatStream) -> None:
        super().__init__(inner)
        self._ended = False

    async def __anext__(self) -> ChatChunk:
        if self._ended:
            raise StopAsyncIteration
        chunk = await anext(self.inner, None)
        self._ended = chunk is None
        return chunk or ChatChunk()


@right()
class EmptyLastChunk(WithOwnStreams):
    """Ends each stream with an empty chunk, for the event that carries usage."""

    streams = _WithEmptyLast


class _Generated(OwnStream):
    __slots__ = ("_chunks",)

    def __init__(self, inner: ChatStream) -> None:
        super().__init__(inner)
        self._chunks = _chunks_of(inner)

    async def __anext__(self) -> ChatChunk:
        return await anext(self._chunks)

    async def aclose(self) -> None:
        await self._chunks.aclose()
        await super().aclose()


async def _chunks_of(stream: ChatStream) -> AsyncGenerator[ChatChunk, None]:
    async for chunk in stream:
        yield chunk


@right()
class GeneratedChunks(WithOwnStreams):
    """Yields chunks from an asynchronous generator."""

    streams = _Generated


class _OneAhead(OwnStream):
    """Reads the next chunk in a task while its reader handles the last one."""

    __slots__ = ("_ended", "_next")

    def __init__(self, inner: ChatStream) -> None:
        super().__init__(inner)
        self._ended = False
        self._next: asyncio.Task[ChatChunk | None] | None = self._read_on()

    async def __anext__(self) -> ChatChunk:
        if self._next is None:
            return await super().__anext__()  # which says how the stream ended
        reading, self._next = self._next, None
        chunk = await reading
        if chunk is None:
            self._ended = True
            raise StopAsyncIteration
        self._next = self._read_on()
        return chunk

    @property
    def response(self) -> ChatResponse:
        if not self._ended:
            raise RuntimeError("the stream has not ended")
        return super().response

    async def aclose(self) -> None:
        reading, self._next = self._next, None
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        await super().aclose()

    def __del__(self) -> None:
        if self._next is not None:
            self._next.cancel()
            warnings.warn("a stream was dropped while it is open", ResourceWarning, stacklevel=2)

    def _read_on(self) -> asyncio.Task[ChatChunk | None]:
        reading = asyncio.ensure_future(_next_of(self.inner))
        reading.add_done_callback(_look_at_error)
        return reading


async def _next_of(stream: ChatStream) -> ChatChunk | None:
    return await anext(stream, None)


def _look_at_error(reading: asyncio.Task[ChatChunk | None]) -> None:
    # Otherwise asyncio reports an error of a chunk that nobody asked for.
    if not reading.cancelled():
        reading.exception()


@right()
class ReadsOneAhead(WithOwnStreams):
    """Reads one chunk ahead of its reader, in a task."""

    streams = _OneAhead


@dataclass(slots=True)
class _TimedChunk(ChatChunk):
    arrived_at: float = 0.0


class _Timed(OwnStream):
    __slots__ = ()

    async def __anext__(self) -> ChatChunk:
        chunk = await super().__anext__()
        return _TimedChunk(chunk.text, chunk.reasoning, chunk.tool_calls, time.monotonic())


@right()
class TimedChunks(WithOwnStreams):
    """Yields chunks of a subclass that knows when they arrived."""

    streams = _Timed
