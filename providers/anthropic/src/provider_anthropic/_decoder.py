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
from provider_sdk.decoding import (
    SSEDecoder,
    decode_json,
    list_of_mappings,
    mapping_or_empty,
    text_or_none,
)

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
_CHANGES = ("content_block_delta", "message_delta")
_NO_ANSWER = (
    "the stream ended without an answer: check that the service speaks Anthropic's Messages API"
)
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
        self._is_begun = self._is_finished = self._is_refused = self._sent_state = False
        # A message that comes whole names its stop reason at its start.
        self._first_stop = WireDelta()
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
        self._conclude(events)
        if self._is_finished:
            self._add(self._rest_of_state(), events)
        return events

    def _decode(self, name: str, data: bytes, events: list[StreamEvent]) -> None:
        try:
            event = _EVENTS.decode(data) if len(data) <= _ALWAYS_SHALLOW_BYTES else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            event = None
        try:
            event = event or self._event(name, data)
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

    def _event(self, name: str, data: bytes) -> WireEvent:
        try:
            event = decode_json(data, WireEvent, keep_halves=CUT_FIELDS)
        except ValueError:
            return _without_delta(name, data)
        self._blocks.join_characters()
        is_whole = event.content_block is not None or event.message is not None
        # Of a block that comes whole there is no other half.
        return decode_json(data, WireEvent) if is_whole else event

    def _start_message(self, event: WireEvent) -> Delta:
        message = mapping_or_empty(event.message)
        result = Delta()
        if not self._is_begun:
            self._is_begun = bool(message)
            self._blocks.answer_id = message.get("id")
            result = self._blocks.begin(list_of_mappings(message.get("content")))
            stop = message.get("stop_reason"), message.get("stop_details")
            self._first_stop = WireDelta(stop_reason=stop[0], stop_details=stop[1])
        result.model = text_or_none(message.get("model"))
        result.usage = self._usage.read(message.get("usage"))
        return result

    def _start_block(self, event: WireEvent) -> Delta:
        return self._blocks.start(event.index, event.content_block)

    def _stop_block(self, event: WireEvent) -> Delta:
        return self._blocks.stop(event.index)

    def _change_message(self, event: WireEvent) -> Delta:
        result = self._finish(event.delta or WireDelta())
        if event.usage is not None:
            result.usage = self._usage.read(event.usage)
        return result

    def _finish(self, change: WireDelta) -> Delta:
        finish = finish_reason(change.stop_reason)
        if finish is None:
            return Delta()
        result = self._blocks.finish()
        result.finish_reason, result.raw_finish_reason = finish, str(change.stop_reason)
        self._is_finished, self._is_refused = True, finish == "refusal"
        if self._is_refused:
            result.refusal = explanation_of(change.stop_details)
            result.text_was_refusal = not result.refusal
            result.provider_data_was_partial, self._sent_state = self._sent_state, False
        elif self._call.provider and not self._sent_state:
            # Now, because the rest of the stream may never come.
            self._sent_state = True
            result.provider_data = self._blocks.state(self._call.model)
        if change.stop_reason == PAUSED:
            result.warning = PAUSE_WARNING
        return result

    def _rest_of_state(self) -> Delta:
        """Return the state if none was sent yet, or if more of the answer came after it."""
        is_known = self._sent_state and not self._blocks.have_changed
        if is_known or self._is_refused or not self._call.provider:
            return Delta()
        was_partial, self._sent_state = self._sent_state, True
        state = self._blocks.state(self._call.model)
        return Delta(provider_data=state, provider_data_was_partial=was_partial)

    def _conclude(self, events: list[StreamEvent]) -> None:
        self._add(self._blocks.finish(), events)
        if not self._is_finished:
            self._add(self._finish(self._first_stop), events)

    def _end(self, events: list[StreamEvent]) -> None:
        self._conclude(events)
        if not (self._is_begun or self._blocks or self._is_finished):
            events.append(StreamJunk(_NO_ANSWER))
            return
        self._add(self._rest_of_state(), events)
        events.append(StreamEnd())

    def _fail(self, data: bytes, events: list[StreamEvent]) -> None:
        self._add(self._blocks.finish(), events)
        events.append(StreamFailure(error_despite_success(data)))

    def _add(self, delta: Delta, events: list[StreamEvent]) -> None:
        if delta != Delta():
            events.append(delta)


def _without_delta(name: str, data: bytes) -> WireEvent:
    """Return an event whose ``delta`` is not an object, as kinds still to be invented may have it.

    Raises:
        ValueError: it is not an event, or its kind has an object there.
    """
    fields = mapping_or_empty(decode_json(data))
    if not fields or (fields.get("type") or name) in _CHANGES:
        raise ValueError("not an event of the protocol")
    return msgspec.convert({**fields, "delta": None}, WireEvent)
