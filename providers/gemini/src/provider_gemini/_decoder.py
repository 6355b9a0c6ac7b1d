"""Decodes a streamed answer from bytes to deltas."""

from __future__ import annotations

import msgspec
from provider_sdk import (
    ChatCall,
    Delta,
    FinishReason,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamInterruptedError,
    StreamJunk,
)
from provider_sdk.decoding import decode_json, text_or_none

from provider_gemini._answers import first_candidate
from provider_gemini._errors import error_despite_success, is_error_body
from provider_gemini._finish import (
    block_message,
    block_reason,
    broken_end,
    finish_reason,
    remark,
)
from provider_gemini._models import short_name
from provider_gemini._parts import Parts
from provider_gemini._split import ChunkSplitter, Item
from provider_gemini._usage import UsageReader
from provider_gemini._wire import CUT_FIELDS, WireCandidate, WireChunk

_SHALLOW_BYTES = 1000
_SHALLOW_BRACKETS = 200
_TERMINATOR_BYTES = 64
_NO_ANSWER = "the stream ended without an answer: check that the service speaks generateContent"
_HINT = "Ask again; what had arrived is kept as a partial answer."
_NOT_A_CHUNK = "the stream holds something that is not part of an answer"
_CHUNKS = msgspec.json.Decoder(WireChunk)


class GeminiStreamDecoder:
    """Decodes one stream of chunks.

    Args:
        call: the call that is answered.
    """

    def __init__(self, call: ChatCall) -> None:
        self._call = call
        self._splitter = ChunkSplitter()
        self._parts = Parts()
        self._usage = UsageReader()
        self._model: object = None
        self._is_begun = self._is_finished = self._is_refused = False
        self._sent_state = self._owes_usage = False
        self._early_end: WireCandidate | None = None

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes, return the events that they complete."""
        events: list[StreamEvent] = []
        for item in self._splitter.feed(data):
            if type(item) is bytes:
                self._decode(item, events)
            else:
                self._take_mark(item, events)
        return events

    def flush(self) -> list[StreamEvent]:
        """Return what was still held back."""
        events: list[StreamEvent] = []
        for data in self._splitter.flush():
            self._decode(data, events)
        self._conclude(events)
        return events

    def _take_mark(self, mark: Item, events: list[StreamEvent]) -> None:
        if mark == "end":
            self._end(events)
        else:
            events.append(StreamJunk(_NOT_A_CHUNK))

    def _decode(self, data: bytes, events: list[StreamEvent]) -> None:
        try:
            chunk = self._chunk(data)
        except ValueError:
            self._decode_other(data, events)
            return
        if chunk.error:
            self._fail(data, events)
            return
        candidate = first_candidate(chunk)
        events.append(self._delta(chunk, candidate))
        if candidate is not None and candidate.finish_reason is not None:
            self._refuse_broken(candidate, events)

    def _decode_other(self, data: bytes, events: list[StreamEvent]) -> None:
        if len(data) < _TERMINATOR_BYTES and data.strip() == b"[DONE]":
            self._end(events)  # gateways that translate another protocol
        elif _is_error(data):
            self._fail(data, events)
        elif data.strip():
            events.append(StreamJunk(_NOT_A_CHUNK))

    def _chunk(self, data: bytes) -> WireChunk:
        """Return a chunk.

        Raises:
            ValueError: it is not one.
        """
        if len(data) <= _SHALLOW_BYTES or _is_shallow(data):
            try:
                return _CHUNKS.decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass
        chunk = decode_json(data, WireChunk, keep_halves=CUT_FIELDS)
        self._parts.join_characters()
        return chunk

    def _delta(self, chunk: WireChunk, candidate: WireCandidate | None) -> Delta:
        is_named = chunk.response_id is not None and self._parts.answer_id is None
        if is_named:  # before its calls, which may be named after it
            self._parts.answer_id = text_or_none(chunk.response_id)
        if candidate is None:
            delta = self._feedback(chunk.prompt_feedback)
        else:
            self._is_begun = True
            delta = self._parts.add(candidate.content)
            if candidate.finish_reason is not None:
                self._finish(candidate, delta)
        if chunk.usage_metadata is not None:
            self._usage.take(chunk.usage_metadata)
            self._owes_usage = True
            if self._is_finished:
                self._report_usage(delta)
        if is_named:
            delta.request_id = self._parts.answer_id
        if chunk.model_version != self._model:
            self._model = chunk.model_version
            delta.model = text_or_none(self._model)
        return delta

    def _report_usage(self, delta: Delta) -> None:
        # Not with each chunk: to read the counts takes longer than to read the chunk.
        self._owes_usage = False
        delta.usage = self._usage.usage()

    def _refuse_broken(self, candidate: WireCandidate, events: list[StreamEvent]) -> None:
        if problem := broken_end(candidate.finish_reason, candidate.finish_message):
            self._add(self._held_back(), events)
            events.append(StreamFailure(StreamInterruptedError(problem, hint=_HINT)))

    def _feedback(self, feedback: object) -> Delta:
        raw = block_reason(feedback) if feedback is not None else None
        if raw is None or self._is_begun:
            return Delta()
        self._is_begun = self._is_finished = self._is_refused = True
        return Delta(
            refusal=block_message(feedback), finish_reason="refusal", raw_finish_reason=raw
        )

    def _finish(self, candidate: WireCandidate, delta: Delta) -> None:
        finish = finish_reason(candidate.finish_reason)
        if finish == "stop" and not (self._parts.have_changed or self._is_finished):
            # Some gateways say so before the answer begins, which then has little time to come.
            self._early_end = candidate
        elif finish is not None:
            self._end_answer(candidate, finish, delta)

    def _end_answer(self, candidate: WireCandidate, finish: FinishReason, delta: Delta) -> None:
        """Add the end of the answer, and what was held back until it, to its last delta."""
        _join(delta, self._parts.finish())
        delta.finish_reason, delta.raw_finish_reason = finish, str(candidate.finish_reason)
        delta.warning = remark(candidate.finish_reason, candidate.finish_message) or delta.warning
        # After each round of its own tools the service sends an end, and goes on.
        delta.may_go_on = self._parts.have_others
        self._is_finished = True
        if self._call.provider and not self._sent_state:
            # Now, because the rest of the stream may never come.
            self._sent_state = True
            delta.provider_data = self._parts.state(short_name(self._call.model))

    def _held_back(self) -> Delta:
        delta = self._parts.finish()
        if self._owes_usage:
            self._report_usage(delta)
        return delta

    def _rest_of_state(self) -> Delta:
        """Return the state if none was sent yet, or if more of the answer came after it."""
        is_known = self._sent_state and not self._parts.have_changed
        if is_known or self._is_refused or not self._call.provider:
            return Delta()
        was_partial, self._sent_state = self._sent_state, True
        state = self._parts.state(short_name(self._call.model))
        return Delta(provider_data=state, provider_data_was_partial=was_partial)

    def _conclude(self, events: list[StreamEvent]) -> None:
        self._add(self._held_back(), events)
        if self._early_end is not None and not (self._is_finished or self._parts.have_changed):
            delta = Delta()
            self._end_answer(self._early_end, "stop", delta)
            events.append(delta)
        if self._is_finished:
            self._add(self._rest_of_state(), events)

    def _end(self, events: list[StreamEvent]) -> None:
        self._conclude(events)
        events.append(StreamEnd() if self._is_finished else StreamJunk(_NO_ANSWER))

    def _fail(self, data: bytes, events: list[StreamEvent]) -> None:
        self._add(self._held_back(), events)
        events.append(StreamFailure(error_despite_success(data)))

    def _add(self, delta: Delta, events: list[StreamEvent]) -> None:
        if delta != Delta():
            events.append(delta)


def _join(delta: Delta, rest: Delta) -> None:
    delta.text += rest.text
    delta.reasoning += rest.reasoning
    delta.tool_calls = (*delta.tool_calls, *rest.tool_calls)


def _is_shallow(data: bytes) -> bool:
    return data.count(b"{") + data.count(b"[") <= _SHALLOW_BRACKETS


def _is_error(data: bytes) -> bool:
    try:
        return is_error_body(decode_json(data))
    except ValueError:
        return False
