"""Mutants that STREAM must kill for when their pieces come, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import (
    ChatChunk,
    ChatResponse,
    ChatStream,
    Delta,
    EventSource,
    ProviderError,
    ScriptedSource,
    StreamEvent,
    StreamFailure,
    events_of,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo._sources import ChangedSource
from provider_conformance.zoo.mutants.stream import Filter, Restreaming
from provider_conformance.zoo.reference import Call, Mutable


class _Whole(Filter):
    async def read(self) -> Sequence[StreamEvent] | None:
        found: list[StreamEvent] = []
        while (events := await super().read()) is not None:
            found += events
        return found or None


@mutant("PC-STREAM-007", "the first 1 of 6 pieces")
class BuffersStream(Mutable):
    """Reads the stream to its end before it yields the first piece."""

    source = _Whole


class _OneBehind(Filter):
    held: StreamEvent | None = None

    def event(self, event: StreamEvent) -> list[StreamEvent]:
        held, self.held = self.held, None
        if isinstance(event, Delta) and event.text:
            self.held = event
            return [] if held is None else [held]
        return [event] if held is None else [held, event]


@mutant("PC-STREAM-007", "the first 1 of 6 pieces")
class LooksAhead(Mutable):
    """Hands a piece out when the next one has come."""

    source = _OneBehind


@mutant("PC-STREAM-008", "the result of chat(stream=True)")
class CollectsFirst(Mutable):
    """Reads everything, then plays it as a stream."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Answer with a stream that has ended."""
        answer = await call()
        if isinstance(answer, ChatResponse):
            return answer
        response = await answer.collect()
        source = ScriptedSource([events_of(response)])
        return ChatStream(source, provider=self.name, model=response.model)


class _Late:
    """A source that asks when it is first read."""

    def __init__(self, opening: Any) -> None:
        self._opening = opening
        self._source: EventSource | None = None

    async def read(self) -> Sequence[StreamEvent] | None:
        if self._source is None:
            opened: ChatStream = await self._opening()
            opened.wrap_source(self._keep)
        assert self._source is not None
        return await self._source.read()

    def _keep(self, source: EventSource) -> EventSource:
        self._source = source
        return source

    async def drain(self) -> None:
        assert self._source is not None
        await self._source.drain()

    async def aclose(self) -> None:
        if self._source is not None:
            await self._source.aclose()


@mutant("PC-STREAM-009", "requests when the call returned")
class AsksWhenRead(Mutable):
    """Sends the request when the first chunk is asked for, as a generator does."""

    async def chat(
        self, messages: Any, model: str | None = None, stream: bool = False, **options: Any
    ) -> Any:
        """Answer with a promise."""
        if not stream:
            return await super().chat(messages, model, **options)
        opening = super().chat
        source = _Late(lambda: opening(messages, model, True, **options))
        return ChatStream(source, provider=self.name, model=model or self.default_model)


@mutant("PC-STREAM-010", "chat(stream=True), answered with an error: to raise")
class FailsWhileReading(Mutable):
    """Raises what the service reports when the stream is read."""

    async def chat(
        self, messages: Any, model: str | None = None, stream: bool = False, **options: Any
    ) -> Any:
        """Answer with a stream that fails."""
        try:
            return await super().chat(messages, model, stream, **options)
        except ProviderError as error:
            if not stream:
                raise
            source = ScriptedSource([[StreamFailure(error)]])
            return ChatStream(source, provider=self.name, model=model or self.default_model)


class _Eager(ChatStream):
    @property
    def response(self) -> ChatResponse:
        return self.partial


@mutant("PC-STREAM-011", "stream.response before the end: an exception")
class RespondsEarly(Restreaming):
    """Has a response as soon as there is anything."""

    kind = _Eager


@mutant("PC-STREAM-016", "the joined texts of the chunks")
class KeepsPieceOnSelf(Mutable):
    """Keeps the piece that it will yield next on the provider."""

    held = ""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        text, self.held = self.held, delta.text
        if delta.finish_reason:
            text, self.held = text + self.held, ""
        return replace(delta, text=text)


class _Shared(ChangedSource):
    last: ClassVar[Sequence[StreamEvent] | None] = None

    async def read(self) -> Sequence[StreamEvent] | None:
        _Shared.last = await super().read()
        await asyncio.sleep(0)
        return _Shared.last


@mutant("PC-STREAM-018", "answers in the order of the calls")
class SharesEvents(Mutable):
    """Puts what it read where every stream looks for its own."""

    source = _Shared


@mutant("PC-STREAM-017", "the result of chat(): a ChatResponse")
class StreamsEverAfter(Mutable):
    """Streams every answer once one was streamed."""

    streaming = False

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        self.streaming |= stream
        return messages, model, self.streaming, options


@mutant("PC-STREAM-017", "text of the exchange that must succeed")
class LeavesPieceBehind(Mutable):
    """Begins an answer with what the stream before it left unread."""

    left = ""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        text, self.left = self.left, delta.text
        if delta.finish_reason:
            text, self.left = text + self.left, ""
        return replace(delta, text=text)


class _ReadOnce(ChatStream):
    ended = False

    async def __anext__(self) -> ChatChunk:
        if self.ended:
            raise ProviderError("this stream was read to its end")
        try:
            return await super().__anext__()
        except StopAsyncIteration:
            self.ended = True
            raise


@mutant("PC-STREAM-011", "chunks after the end: []")
class CanBeReadOnce(Restreaming):
    """Raises if a stream is read on after its end."""

    kind = _ReadOnce
