"""Mutants that STREAM must kill for what they make of the pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import (
    ChatResponse,
    ChatStream,
    Delta,
    ProviderResponseError,
    ScriptedSource,
    StreamEvent,
    events_of,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo._sources import ChangedSource
from provider_conformance.zoo.reference import Call, Mutable


class Filter(ChangedSource):
    """A source that changes the events of another one by one."""

    pieces = 0

    def event(self, event: StreamEvent) -> list[StreamEvent]:
        """Return what comes instead of an event."""
        return [event]

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        """Change what was read."""
        return [new for event in events for new in self.event(event)]


class Restreaming(Mutable):
    """Returns streams of a kind of its own."""

    kind: ClassVar[type[ChatStream]]

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Change what comes of a call."""
        answer = await call()
        if isinstance(answer, ChatStream):
            answer.__class__ = self.kind
        return answer


@mutant("PC-STREAM-001", "the joined texts of the chunks")
class StripsPieces(Mutable):
    """Takes the white space off the ends of every piece."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, text=delta.text.strip())


class _FirstLost(Filter):
    def event(self, event: StreamEvent) -> list[StreamEvent]:
        if isinstance(event, Delta) and event.text:
            self.pieces += 1
            return [] if self.pieces == 1 else [event]
        return [event]


@mutant("PC-STREAM-001", "the joined texts of the chunks")
class LosesFirstPiece(Mutable):
    """Takes the first piece for a greeting of the protocol."""

    source = _FirstLost


class _FirstTwice(Filter):
    def event(self, event: StreamEvent) -> list[StreamEvent]:
        if isinstance(event, Delta) and event.text:
            self.pieces += 1
            return [event, event] if self.pieces == 1 else [event]
        return [event]


@mutant("PC-STREAM-001", "the joined texts of the chunks")
class DoublesFirstPiece(Mutable):
    """Hands the first piece out when it peeks, and again when it reads."""

    source = _FirstTwice


class _Swapped(Filter):
    held: StreamEvent | None = None

    def event(self, event: StreamEvent) -> list[StreamEvent]:
        held, self.held = self.held, None
        if held is None and isinstance(event, Delta) and event.text:
            self.held = event
            return []
        return [event] if held is None else [event, held]


@mutant("PC-STREAM-001", "the joined texts of the chunks")
class SwapsPieces(Mutable):
    """Yields every two pieces the wrong way round."""

    source = _Swapped


class _Cumulative(ChatStream):
    _so_far = ""

    async def __anext__(self) -> Any:
        chunk = await super().__anext__()
        self._so_far += chunk.text
        return replace(chunk, text=self._so_far)


@mutant("PC-STREAM-001", "the joined texts of the chunks")
class RepeatsWhatWasSaid(Restreaming):
    """Yields all text so far in every chunk."""

    kind = _Cumulative


@mutant("PC-STREAM-002", "the joined texts of the chunks")
class DropsBlankPieces(Mutable):
    """Takes pieces of white space for nothing."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return delta if delta.text.strip() else replace(delta, text="")


class _Deduplicated(Filter):
    last = ""

    def event(self, event: StreamEvent) -> list[StreamEvent]:
        if not isinstance(event, Delta) or not event.text:
            return [event]
        repeated, self.last = event.text == self.last, event.text
        return [] if repeated else [event]


@mutant("PC-STREAM-003", "the joined texts of the chunks")
class DropsEqualPieces(Mutable):
    """Guards against events that come twice."""

    source = _Deduplicated


class _Bounded(Filter):
    def event(self, event: StreamEvent) -> list[StreamEvent]:
        if isinstance(event, Delta) and event.text:
            self.pieces += 1
            return [event] if self.pieces <= 256 else []
        return [event]


@mutant("PC-STREAM-004", "the joined texts of the chunks")
class FillsBoundedQueue(Mutable):
    """Drops what does not fit into its queue."""

    source = _Bounded


class _NoneForNothing(ChatStream):
    async def __anext__(self) -> Any:
        chunk = await super().__anext__()
        return replace(chunk, reasoning=chunk.reasoning or None)  # type: ignore[arg-type]


@mutant("PC-STREAM-005", "the reasoning of a chunk: a str")
class ChunksHoldNone(Restreaming):
    """Has None in a chunk for what its event does not hold."""

    kind = _NoneForNothing


@mutant("PC-STREAM-006", "stream in the request for a stream: True")
class PlaysWholeAnswers(Mutable):
    """Asks for a whole answer and plays it as a stream."""

    async def chat(
        self, messages: Any, model: str | None = None, stream: bool = False, **options: Any
    ) -> Any:
        """Answer with what came whole."""
        response = await super().chat(messages, model, **options)
        if not stream:
            return response
        assert isinstance(response, ChatResponse)
        source = ScriptedSource([events_of(response)])
        return ChatStream(source, provider=self.name, model=response.model)


class _FinishLost(Filter):
    def event(self, event: StreamEvent) -> list[StreamEvent]:
        if isinstance(event, Delta) and event.finish_reason:
            return [replace(event, finish_reason="stop")]
        return [event]


@mutant("PC-STREAM-012", "finish_reason of the streamed answer: length")
class StreamsAlwaysFinishWell(Mutable):
    """Reads the finish reason of whole answers only."""

    source = _FinishLost


@mutant("PC-STREAM-012", "usage of the streamed answer")
class StreamsWithoutUsage(Mutable):
    """Reads usage from whole answers only."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, usage=None)


@mutant("PC-STREAM-013", "the joined reasoning of the chunks")
class StreamsReasoningAsText(Mutable):
    """Puts reasoning into the text of the chunks."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, text=delta.reasoning + delta.text, reasoning="")


class _StopsAtEmpty(ChangedSource):
    begun = False

    async def read(self) -> Sequence[StreamEvent] | None:
        events = await super().read()
        if self.begun and Delta() in (events or ()):
            return None
        self.begun = self.begun or any(isinstance(e, Delta) and e.text for e in events or ())
        return events


@mutant("PC-STREAM-014", "a stream with noise: to end as a whole answer")
class EndsAtEmptyDelta(Mutable):
    """Takes an event without text for the end of the stream."""

    source = _StopsAtEmpty


class _EventsOnly(ChangedSource):
    async def read(self) -> Sequence[StreamEvent] | None:
        if isinstance(self.inner, ChangedSource) and isinstance(self.inner.inner, ScriptedSource):
            raise ProviderResponseError("the answer is not a stream of events")
        return await super().read()


@mutant("PC-STREAM-015", "a stream that came as a whole answer: to end as a whole answer")
class InsistsOnEvents(Mutable):
    """Rejects a whole answer to a call for a stream."""

    source = _EventsOnly


@mutant("PC-STREAM-004", "the joined texts of the chunks")
class StopsAtALength(Mutable):
    """Reads the first 64 KiB of a piece."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, text=delta.text[:65536])
