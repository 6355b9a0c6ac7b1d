"""Mutants that END must kill: each mistake is met in all cells of its row of the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from provider_sdk import (
    ChatResponse,
    ChatStream,
    Delta,
    ProviderError,
    ProviderResponseError,
    ScriptedSource,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamInterruptedError,
    StreamJunk,
)

from provider_conformance.checks.end import ENDS, FIRST, LAST, MIDDLE, PLACES, Place
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo._sources import ChangedSource
from provider_conformance.zoo.reference import Call, Mutable

_C = TypeVar("_C", bound=type)

_NAMES = {FIRST.label: "First", MIDDLE.label: "Middle", LAST.label: "Last"}


def _in_row(row: int, because: str, *places: Place) -> Callable[[_C], _C]:
    """Register a mutant for each of these cells of a row, for all where none is named.

    ``because`` is what the failure says, with ``{}`` for the stream that it is about.
    """

    def register(provider: _C) -> _C:
        for column, place in enumerate(PLACES, start=1):
            if not places or place in places:
                story = f"{(provider.__doc__ or '').rstrip('.')}, {place.label}."
                cell = type(
                    provider.__name__ + _NAMES[place.label], (provider,), {"__doc__": story}
                )
                what = f"a stream with {ENDS[row].name} {place.label}"
                mutant(f"PC-END-{3 * row + column:03}", because.format(what))(cell)
        return provider

    return register


class _WithoutEnd(ChangedSource):
    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        return [event for event in events if not isinstance(event, StreamEnd)]


@_in_row(0, "{}: to end as a whole answer")
class DemandsFinishReason(Mutable):
    """Does not take the terminator for an end."""

    source = _WithoutEnd


class _DemandingEnd(ChangedSource):
    def after_end(self) -> Sequence[StreamEvent]:
        return [StreamFailure(StreamInterruptedError("the stream was not terminated"))]


@_in_row(1, "{}: to end as a whole answer")
class DemandsTerminator(Mutable):
    """Takes a stream without terminator for cut, although it has a finish reason."""

    source = _DemandingEnd


class _EndingQuietly(ChangedSource):
    def after_end(self) -> Sequence[StreamEvent]:
        return [StreamEnd()]


@_in_row(2, "{}: to raise StreamInterruptedError")
class EndsQuietly(Mutable):
    """Takes the end of the body for the end of the answer."""

    source = _EndingQuietly


class _SwallowingBreaks(ChangedSource):
    def after_failure(self, error: ProviderError) -> Sequence[StreamEvent]:
        return [StreamEnd()]


@_in_row(3, "{} (the connection is reset): to raise StreamInterruptedError")
class SwallowsBreaks(Mutable):
    """Takes a broken connection for the end of the answer."""

    source = _SwallowingBreaks


class _TellingErrors(ChangedSource):
    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        return [
            Delta(text=str(e.error), finish_reason="stop") if isinstance(e, StreamFailure) else e
            for e in events
        ]


@_in_row(4, "the text that was read of {}")
class ErrorsAreText(Mutable):
    """Returns an error inside the stream as the model's text."""

    source = _TellingErrors


class _DroppingErrors(ChangedSource):
    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        return [StreamEnd() if isinstance(event, StreamFailure) else event for event in events]


@_in_row(4, "{}: to raise ProviderError", MIDDLE)
class DropsErrors(Mutable):
    """Stops reading at an error inside the stream, as if the answer had ended."""

    source = _DroppingErrors


class _DroppingLateErrors(ChangedSource):
    finished = False

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        found: list[StreamEvent] = []
        for event in events:
            self.finished |= isinstance(event, Delta) and event.finish_reason is not None
            late = self.finished and isinstance(event, StreamFailure)
            found.append(StreamEnd() if late else event)
        return found


@_in_row(4, "{} and the finish reason: to raise ProviderError", LAST)
class DropsLateErrors(Mutable):
    """Takes an answer with a finish reason for good, whatever error follows."""

    source = _DroppingLateErrors


@_in_row(5, "finish_reason of {}: length")
class LengthIsStop(Mutable):
    """Reports an answer that was cut at its length as complete."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta of a stream."""
        return replace(delta, finish_reason=delta.finish_reason and "stop")


class _EmptyIsCut(ChangedSource):
    _text = ""

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        self._text += "".join(event.text for event in events if isinstance(event, Delta))
        ends = any(isinstance(event, StreamEnd) for event in events)
        if ends and not self._text:
            return [StreamFailure(ProviderResponseError("the answer is empty"))]
        return events


@_in_row(5, "{}: to end as a whole answer", FIRST)
class EmptyIsError(Mutable):
    """Raises for an answer without text."""

    source = _EmptyIsCut


@_in_row(6, "finish_reason of {}: content_filter")
class FilterIsOther(Mutable):
    """Does not know the word for the content filter."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta of a stream."""
        filtered = delta.finish_reason == "content_filter"
        return replace(delta, finish_reason="other") if filtered else delta


class _SkippingJunk(ChangedSource):
    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        return [StreamEnd() if isinstance(event, StreamJunk) else event for event in events]


@_in_row(7, "{}: to raise StreamInterruptedError", FIRST, MIDDLE)
class JunkIsEnd(Mutable):
    """Stops at the first event that it cannot read, as if the answer had ended."""

    source = _SkippingJunk


class _TrippingOverJunk(ChangedSource):
    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        error = ProviderResponseError("an event cannot be read")
        return [StreamFailure(error) if isinstance(e, StreamJunk) else e for e in events]


@_in_row(7, "{}: to end as a whole answer", LAST)
class TripsOverJunk(Mutable):
    """Throws an answer away for what follows it."""

    source = _TrippingOverJunk


@_in_row(8, "the text of {}")
class ReadsOn(Mutable):
    """Goes on reading after the terminator."""

    source = _WithoutEnd


class _FailingLate(ChangedSource):
    def after_failure(self, error: ProviderError) -> Sequence[StreamEvent]:
        return [StreamFailure(error)]


@mutant(
    "PC-END-028",
    "a stream whose connection is reset after the finish reason: to end as a whole answer",
)
class LosesFinishedAnswers(Mutable):
    """Raises for a broken connection although the answer is complete."""

    source = _FailingLate


class _WaitingForBody(ChangedSource):
    async def drain(self) -> None:
        while await self.inner.read() is not None:
            pass


@mutant("PC-END-029", "a stream whose body goes on, silent, after the terminator: to end at")
class WaitsForBody(Mutable):
    """Reads the body to its end before it ends the stream."""

    source = _WaitingForBody


class _OfEventsOnly(ChangedSource):
    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        at_once = len(events) > 1 and isinstance(events[-1], StreamEnd)
        return [StreamEnd()] if at_once else events


@mutant("PC-END-030", "the text of a stream that was answered whole")
class LooksForEventsOnly(Mutable):
    """Finds no events in a whole answer, and ends the stream without a word."""

    source = _OfEventsOnly


@mutant("PC-END-031", "a page instead of a stream: to raise ProviderError")
class PageIsEmptyAnswer(Mutable):
    """Finds no events in a page, and ends the stream without a word."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Answer a page with nothing."""
        try:
            return await call()
        except ProviderResponseError:
            return ChatStream(ScriptedSource([[StreamEnd()]]), provider=self.name, model="")


@mutant("PC-END-032", "an answer that is reset half-way: to raise ProviderError")
class CutIsEmptyAnswer(Mutable):
    """Answers with an empty text when the connection broke."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Answer a failure with nothing."""
        try:
            return await call()
        except ProviderResponseError:
            return ChatResponse(finish_reason="other")


class _NamelessFailures(ChangedSource):
    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        return [_nameless(event) for event in events]


def _nameless(event: StreamEvent) -> StreamEvent:
    if not isinstance(event, StreamFailure):
        return event
    return StreamFailure(ProviderResponseError(str(event.error), provider=event.error.provider))


@mutant("PC-END-033", "a stream with rate_limit inside: to raise ProviderRateLimitError")
class RaisesTheSameForAll(Mutable):
    """Takes every error inside a stream for a broken answer."""

    source = _NamelessFailures
