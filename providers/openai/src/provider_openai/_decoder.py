"""Decodes a streamed answer from bytes to deltas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from provider_sdk import (
    ChatCall,
    Delta,
    ProviderError,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamInterruptedError,
    StreamJunk,
)
from provider_sdk.chat_completions import (
    ServiceError,
    read_error_body,
    read_error_event,
    says_error,
)
from provider_sdk.decoding import (
    SSEDecoder,
    decode_json,
    list_of_mappings,
    mapping_or_empty,
    text_or_none,
)

from provider_openai._item import Key
from provider_openai._items import Items
from provider_openai._usage import read_finish, read_usage
from provider_openai._wire import CUT_FIELDS, WireEvent

_ALWAYS_SHALLOW_BYTES = 400
_TERMINATOR_BYTES = 64
_EVENTS = msgspec.json.Decoder(WireEvent)
_CANCELLED = "the service cancelled its answer"
_ENDS = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
    "response.cancelled": "cancelled",
}


class _Text(NamedTuple):
    """Which text an event adds to.

    Attributes:
        item: the type of the item.
        kind: which of its texts.
        position: the field with the text's position in the item.
        whole: the field that holds all of it at its end.
    """

    item: str
    kind: str
    position: str
    whole: str

    def key(self, event: WireEvent) -> Key:
        """Return the key of the text that an event adds to."""
        index = getattr(event, self.position)
        return (self.kind, index if isinstance(index, int) else 0)


_TEXTS = {
    "response.output_text": _Text("message", "text", "content_index", "text"),
    "response.refusal": _Text("message", "refusal", "content_index", "refusal"),
    "response.reasoning_summary_text": _Text("reasoning", "summary", "summary_index", "text"),
    "response.reasoning_text": _Text("reasoning", "content", "content_index", "text"),
    "response.function_call_arguments": _Text(
        "function_call", "arguments", "content_index", "arguments"
    ),
}
_PIECES = {f"{name}.delta": text for name, text in _TEXTS.items()}
_WHOLES = {f"{name}.done": text for name, text in _TEXTS.items()}


class ResponsesStreamDecoder:
    """Decodes one stream of the events of a response.

    What comes before the first item says only that the service took the call. Nothing is returned
    for it: services report rate limits and other errors there, and what fails before the first
    event is raised by the call itself, which may try again.

    Args:
        call: the call that is answered.
        make_error: returns the exception for what the service says.
    """

    def __init__(self, call: ChatCall, make_error: Callable[[ServiceError], ProviderError]) -> None:
        self._sse = SSEDecoder()
        self._call = call
        self._make_error = make_error
        self._items = Items()
        self._model: str | None = None
        self._is_over = False

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes, return the events that they complete."""
        events: list[StreamEvent] = []
        for name, content in self._sse.feed(data):
            self._decode(name, content, events)
        return events

    def flush(self) -> list[StreamEvent]:
        """Return what was still held back."""
        events: list[StreamEvent] = []
        for name, content in self._sse.flush():
            self._decode(name, content, events)
        if not self._is_over:
            _append(self._items.finish(), events)
        return events

    def _decode(self, name: str, data: bytes, events: list[StreamEvent]) -> None:
        if self._is_over:
            return
        try:
            event = _EVENTS.decode(data) if len(data) <= _ALWAYS_SHALLOW_BYTES else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            event = None
        try:
            event = event or self._event(data)
        except ValueError:
            self._decode_other(name, data, events)
            return
        kind = event.type if isinstance(event.type, str) else name
        text = _PIECES.get(kind)
        if text is None:
            self._decode_rest(kind, event, data, events)
            return
        key, place = text.key(event), event.output_index
        events.append(self._items.add(place, event.item_id, text.item, key, event.delta))

    def _decode_rest(
        self, kind: str, event: WireEvent, data: bytes, events: list[StreamEvent]
    ) -> None:
        place = event.output_index
        if (text := _WHOLES.get(kind)) is not None:
            whole = getattr(event, text.whole)
            found = self._items.complete(place, event.item_id, text.item, text.key(event), whole)
            _append(found, events)
        elif kind == "response.output_item.added":
            begun = self._items.begin(place, mapping_or_empty(event.item))
            begun.model = self._model
            events.append(begun)
        elif kind == "response.output_item.done":
            _append(self._items.end(place, mapping_or_empty(event.item)), events)
        elif kind in _ENDS:
            self._end(_ENDS[kind], event, events)
        elif kind == "error" or says_error(event.error):
            self._fail(self._make_error(read_error_event(data)), events)
        elif event.response is not None:
            self._begin(mapping_or_empty(event.response))
        # Events of the service's own tools, and kinds that are still to be invented, say nothing.

    def _decode_other(self, name: str, data: bytes, events: list[StreamEvent]) -> None:
        if name == "error":
            self._fail(self._make_error(read_error_event(data)), events)
        elif data.strip() and not (len(data) < _TERMINATOR_BYTES and data.strip() == b"[DONE]"):
            events.append(StreamJunk("the stream holds an event that is not part of an answer"))

    def _event(self, data: bytes) -> WireEvent:
        event = decode_json(data, WireEvent, keep_halves=CUT_FIELDS)
        if isinstance(event.delta, str) and _has_halves(event.delta):
            self._items.join_characters()
        return event

    def _begin(self, response: Mapping[str, Any]) -> None:
        self._items.answer_id = response.get("id") or self._items.answer_id
        self._model = text_or_none(response.get("model")) or self._model

    def _end(self, end: str, event: WireEvent, events: list[StreamEvent]) -> None:
        response = mapping_or_empty(event.response)
        result = self._items.finish(list_of_mappings(response.get("output")))
        status = text_or_none(response.get("status")) or end
        if (
            failure := self._failure({status, end}, response.get("error") or event.error)
        ) is not None:
            _append(result, events)
            self._fail(failure, events)
            return
        finish, raw = read_finish(status, response.get("incomplete_details"))
        result.finish_reason, result.raw_finish_reason = finish, raw
        result.model = text_or_none(response.get("model")) or self._model
        result.usage = read_usage(response.get("usage"))
        if self._call.provider:
            result.provider_data = self._items.state(self._call.model)
        events += [result, StreamEnd()]
        self._is_over = True

    def _failure(self, ends: set[str], error: object) -> ProviderError | None:
        if "failed" in ends or says_error(error):
            return self._make_error(read_error_body({"error": error}))
        return StreamInterruptedError(_CANCELLED) if "cancelled" in ends else None

    def _fail(self, error: ProviderError, events: list[StreamEvent]) -> None:
        _append(self._items.finish(), events)
        events.append(StreamFailure(error))
        self._is_over = True


def _append(delta: Delta, events: list[StreamEvent]) -> None:
    if delta != _NOTHING:
        events.append(delta)


def _has_halves(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


_NOTHING = Delta()
