"""Right providers whose streams come in other chunks than the service's events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from provider_sdk import Delta, ProviderError, StreamEvent, ToolCallDelta

from provider_conformance.zoo._right import right
from provider_conformance.zoo._sources import ChangedSource
from provider_conformance.zoo.reference import Mutable


def _with_facts(delta: Delta) -> Delta:
    """Return a delta without text and fragments, with all else that it carries."""
    return replace(delta, text="", reasoning="", tool_calls=())


class _Characters(ChangedSource):
    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        return [part for event in events for part in self._parts(event)]

    def _parts(self, event: StreamEvent) -> Iterator[StreamEvent]:
        if not isinstance(event, Delta):
            yield event
            return
        # What a delta says of the text before it must come first.
        yield replace(_with_facts(event), finish_reason=None)
        yield from (Delta(reasoning=character) for character in event.reasoning)
        yield from (Delta(text=character) for character in event.text)
        for call in event.tool_calls:
            yield Delta(tool_calls=[replace(call, arguments_text="")])
            for character in call.arguments_text:
                yield Delta(tool_calls=[ToolCallDelta(call.index, arguments_text=character)])
        if event.finish_reason is not None:
            yield Delta(
                finish_reason=event.finish_reason,
                raw_finish_reason=event.raw_finish_reason,
                text_was_refusal=event.text_was_refusal,
            )


@right()
class OneCharacterChunks(Mutable):
    """Yields every character of text, reasoning and arguments in a chunk of its own."""

    source = _Characters


class _HeldBack(ChangedSource):
    """Holds part of the text back, and returns it before anything else that follows."""

    held = ""

    def split(self, text: str) -> tuple[str, str]:
        """Return the part of a text to yield, and the part to hold back."""
        raise NotImplementedError

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        return [part for event in events for part in self._parts(event)]

    def after_end(self) -> Sequence[StreamEvent] | None:
        return self._released() or None

    def after_failure(self, error: ProviderError) -> Sequence[StreamEvent] | None:
        if not self.held:
            raise error
        self._failure = error
        return self._released()

    async def read(self) -> Sequence[StreamEvent] | None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        return await super().read()

    _failure: ProviderError | None = None

    def _parts(self, event: StreamEvent) -> Iterator[StreamEvent]:
        if isinstance(event, Delta) and event.text and event.finish_reason is None:
            text, self.held = self.split(self.held + event.text)
            yield replace(event, text=text)
        elif isinstance(event, Delta) and event == Delta(model=event.model):
            yield event
        else:
            yield from self._released()
            yield event

    def _released(self) -> list[StreamEvent]:
        text, self.held = self.held, ""
        return [Delta(text=text)] if text else []


class _HeldEnds(_HeldBack):
    def split(self, text: str) -> tuple[str, str]:
        return text[:-1], text[-1:]


@right()
class HoldsLastCharacters(Mutable):
    """Holds the last character of each piece back until it knows that no accent follows."""

    source = _HeldEnds


class _HeldBlanks(_HeldBack):
    def split(self, text: str) -> tuple[str, str]:
        shown = text.rstrip()
        return shown, text[len(shown) :]


@right()
class HoldsBlanks(Mutable):
    """Holds blanks at the end of a piece back until more text follows."""

    source = _HeldBlanks


class _WholeCalls(ChangedSource):
    """Joins the fragments of each call, and returns it before the end of the answer."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self._calls: dict[int, ToolCallDelta] = {}

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        return [part for event in events for part in self._parts(event)]

    def after_end(self) -> Sequence[StreamEvent] | None:
        return self._whole_calls() or None

    def _parts(self, event: StreamEvent) -> Iterator[StreamEvent]:
        if not isinstance(event, Delta):
            yield from self._whole_calls()
            yield event
            return
        for part in event.tool_calls:
            call = self._calls.setdefault(part.index, ToolCallDelta(part.index))
            call.id, call.name = call.id or part.id, call.name or part.name
            call.arguments_text += part.arguments_text
        if event.finish_reason is not None:
            yield from self._whole_calls()
        yield replace(event, tool_calls=())

    def _whole_calls(self) -> list[StreamEvent]:
        calls, self._calls = self._calls, {}
        return [Delta(tool_calls=[call for _, call in sorted(calls.items())])] if calls else []


@right()
class WholeToolCalls(Mutable):
    """Yields all tool calls of an answer whole, in one chunk at its end."""

    source = _WholeCalls


class _NamesFirst(ChangedSource):
    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        return [part for event in events for part in self._parts(event)]

    def _parts(self, event: StreamEvent) -> Iterator[StreamEvent]:
        if isinstance(event, Delta):
            yield from (
                Delta(tool_calls=[replace(call, arguments_text="")])
                for call in event.tool_calls
                if call.id or call.name
            )
        yield event


@right()
class NamesCallsFirst(Mutable):
    """Yields the name of a call in a chunk before the first of its arguments."""

    source = _NamesFirst


class _JoinedThoughts(ChangedSource):
    """Joins reasoning with the text after it."""

    held = ""

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        return [part for event in events for part in self._parts(event)]

    def _parts(self, event: StreamEvent) -> Iterator[StreamEvent]:
        if not isinstance(event, Delta):
            yield from self._released()
            yield event
        elif event.reasoning and not event.text and event.finish_reason is None:
            self.held += event.reasoning
            yield replace(event, reasoning="")
        elif event.text or event.tool_calls or event.finish_reason:
            reasoning, self.held = self.held + event.reasoning, ""
            yield replace(event, reasoning=reasoning)
        else:
            yield event

    def after_end(self) -> Sequence[StreamEvent] | None:
        return self._released() or None

    def _released(self) -> list[StreamEvent]:
        reasoning, self.held = self.held, ""
        return [Delta(reasoning=reasoning)] if reasoning else []


@right()
class JoinsThoughts(Mutable):
    """Yields reasoning in one chunk with the first text after it."""

    source = _JoinedThoughts


class _JoinedReads(ChangedSource):
    """Joins neighbouring texts that arrived together."""

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        joined: list[StreamEvent] = []
        for event in events:
            last = joined[-1] if joined else None
            if isinstance(last, Delta) and isinstance(event, Delta) and _is_text(last, event):
                joined[-1] = replace(last, text=last.text + event.text)
            else:
                joined.append(event)
        return joined


def _is_text(*deltas: Delta) -> bool:
    return all(delta == Delta(text=delta.text, model=deltas[0].model) for delta in deltas)


@right(driver="socket")
class JoinsWhatArrivedTogether(Mutable):
    """Yields all text that one read of the connection brought in one chunk."""

    source = _JoinedReads


class _HeldWords(_HeldBack):
    def split(self, text: str) -> tuple[str, str]:
        end = max(text.rfind(" "), text.rfind("\n")) + 1
        return text[:end], text[end:]


@right()
class WholeWords(Mutable):
    """Yields whole words only, so that the last one waits for the blank after it."""

    source = _HeldWords
