"""Decodes a streamed answer from bytes to deltas."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from provider_sdk import (
    ChatCall,
    Delta,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamJunk,
)
from provider_sdk.decoding import SSEDecoder, decode_json, mapping_or_empty, text_or_none

from provider_anthropic._blocks import Blocks
from provider_anthropic._errors import error_despite_success
from provider_anthropic._usage import (
    PAUSE_WARNING,
    PAUSED,
    UsageReader,
    explanation_of,
    finish_reason,
)
from provider_anthropic._wire import CUT_FIELDS, WireDelta, WireEvent

_ALWAYS_SHALLOW_BYTES = 400
_TERMINATOR_BYTES = 64
_EVENTS = msgspec.json.Decoder(WireEvent)


class AnthropicStreamDecoder:
    """Decodes one stream of message events.

    Args:
        call: the call that is answered.
    """

    def __init__(self, call: ChatCall) -> None:
        self._sse = SSEDecoder()
        self._call = call
        self._blocks = Blocks()
        self._usage = UsageReader()
        self._handlers: dict[str, Callable[[WireEvent], Delta]] = {
            "message_start": self._start_message,
            "content_block_start": self._start_block,
            "content_block_stop": self._stop_block,
            "message_delta": self._change_message,
        }

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
        self._add(self._blocks.finish(), events)
        return events

    def _decode(self, name: str, data: bytes, events: list[StreamEvent]) -> None:
        try:
            event = _EVENTS.decode(data) if len(data) <= _ALWAYS_SHALLOW_BYTES else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            event = None
        try:
            event = event or self._event(data)
        except ValueError:
            self._decode_other(name, data, events)
            return
        kind = event.type or name
        if kind == "content_block_delta" and event.delta is not None:
            events.append(self._blocks.add(event.index, event.delta))
        elif kind == "error" or event.error:
            self._fail(data, events)
        elif kind == "message_stop":
            self._end(events)
        elif (handle := self._handlers.get(kind if isinstance(kind, str) else "")) is not None:
            events.append(handle(event))
        # Pings, and kinds of events that are still to be invented, say nothing of the answer.

    def _decode_other(self, name: str, data: bytes, events: list[StreamEvent]) -> None:
        if name == "error":
            self._fail(data, events)
        elif len(data) < _TERMINATOR_BYTES and data.strip() == b"[DONE]":
            self._end(events)  # gateways that translate another protocol
        elif data.strip():
            events.append(StreamJunk("the stream holds an event that is not part of an answer"))

    def _event(self, data: bytes) -> WireEvent:
        self._blocks.join_characters()
        event = decode_json(data, WireEvent, keep_halves=CUT_FIELDS)
        # Of a block that comes whole there is no other half.
        return event if event.content_block is None else decode_json(data, WireEvent)

    def _start_message(self, event: WireEvent) -> Delta:
        message = mapping_or_empty(event.message)
        self._blocks.answer_id = message.get("id")
        usage = self._usage.read(message.get("usage"))
        return Delta(model=text_or_none(message.get("model")), usage=usage)

    def _start_block(self, event: WireEvent) -> Delta:
        return self._blocks.start(event.index, event.content_block)

    def _stop_block(self, event: WireEvent) -> Delta:
        return self._blocks.stop(event.index)

    def _change_message(self, event: WireEvent) -> Delta:
        change = event.delta or WireDelta()
        finish = finish_reason(change.stop_reason)
        result = self._blocks.finish() if finish else Delta()
        if event.usage is not None:
            result.usage = self._usage.read(event.usage)
        if finish is None:
            return result
        result.finish_reason, result.raw_finish_reason = finish, str(change.stop_reason)
        if finish == "refusal":
            result.refusal = explanation_of(change.stop_details)
            result.text_was_refusal = not result.refusal
        elif self._call.provider:
            result.provider_data = self._blocks.state(self._call.model)
        if change.stop_reason == PAUSED:
            result.warning = PAUSE_WARNING
        return result

    def _end(self, events: list[StreamEvent]) -> None:
        self._add(self._blocks.finish(), events)
        events.append(StreamEnd())

    def _fail(self, data: bytes, events: list[StreamEvent]) -> None:
        self._add(self._blocks.finish(), events)
        events.append(StreamFailure(error_despite_success(data)))

    def _add(self, delta: Delta, events: list[StreamEvent]) -> None:
        if delta != Delta():
            events.append(delta)
