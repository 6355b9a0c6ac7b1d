"""A streamed answer: bytes to deltas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from provider_sdk._dialect import Delta, StreamEnd, StreamEvent, StreamFailure, StreamJunk
from provider_sdk._errors import ProviderError
from provider_sdk._responses import ToolCallDelta
from provider_sdk.chat_completions._errors import (
    ENDED_BY_ERROR,
    ServiceError,
    read_error_body,
    read_error_event,
)
from provider_sdk.chat_completions._fields import (
    finish_reason,
    first_reasoning,
    read_content,
    read_usage,
)
from provider_sdk.chat_completions._tool_calls import ToolCallTracker
from provider_sdk.decoding import Split, SSEDecoder, ThinkSplitter, decode_json


# Containers are typed, which skips everything unread; leaves are not, because servers disagree.
class _WireDelta(msgspec.Struct):
    content: Any = None
    refusal: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    reasoning_text: Any = None
    thinking: Any = None
    reasoning_details: Any = None
    tool_calls: list[dict[str, Any]] | None = None


class _WireChoice(msgspec.Struct):
    index: Any = 0
    delta: _WireDelta | None = None
    finish_reason: Any = None


class _WireChunk(msgspec.Struct):
    id: Any = None
    object: Any = None
    model: Any = None
    choices: list[_WireChoice] | None = None
    usage: Any = None
    error: Any = None
    errors: Any = None
    error_type: Any = None
    detail: Any = None
    message: Any = None

    @property
    def is_error(self) -> bool:
        """Whether the service reports an error in it, in one of the forms that bodies have."""
        if self.error is not None or self.object == "error":
            return True
        says = (self.errors, self.error_type, self.detail, self.message)
        return self.choices is None and self.usage is None and any(word for word in says)


_EMPTY = _WireDelta()


class OpenAIStreamDecoder:
    """Decodes one stream of chat completion chunks.

    Args:
        make_error: turns an error inside the stream into the exception for it.
    """

    def __init__(self, make_error: Callable[[ServiceError], ProviderError]) -> None:
        self._sse = SSEDecoder()
        self._make_error = make_error
        self._thinking = ThinkSplitter()
        self._calls = ToolCallTracker()
        self._choice: object = None
        self._model: object = None
        self._blank_reasoning = ""
        self._reasoned = False

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
        self._release(events)
        return events

    def _decode(self, name: str, data: bytes, events: list[StreamEvent]) -> None:
        if data.strip() == b"[DONE]":
            self._release(events)
            events.append(StreamEnd())
            return
        if name == "error":
            events.append(StreamFailure(self._make_error(read_error_event(data))))
            return
        try:
            chunk = decode_json(data, _WireChunk)
        except ValueError:
            if data.strip():  # some servers keep connections alive by events without data
                events.append(StreamJunk("the stream holds an event that is no chunk of an answer"))
            return
        if chunk.is_error:
            events.append(StreamFailure(self._make_error(read_error_body(decode_json(data)))))
            return
        try:
            delta = self._delta(chunk)
            events.append(delta)
        except RecursionError:
            events.append(StreamJunk("the stream holds an event that is nested too deeply"))
            return
        if delta.raw_finish_reason == "error":
            events.append(StreamFailure(self._make_error(ServiceError(ENDED_BY_ERROR))))

    def _delta(self, chunk: _WireChunk) -> Delta:
        result = Delta()
        if chunk.usage is not None:
            result.usage = read_usage(chunk.usage)
        if chunk.model != self._model and isinstance(chunk.model, str):
            self._model = result.model = chunk.model
        for choice in chunk.choices or ():
            if self._is_ours(choice.index):
                self._read(choice.delta or _EMPTY, chunk.id, result)
                if choice.finish_reason is not None:
                    result.finish_reason = finish_reason(choice.finish_reason)
                    result.raw_finish_reason = str(choice.finish_reason)
                break
        return result

    def _is_ours(self, index: object) -> bool:
        """Whether a choice belongs to the one answer that is read.

        With several answers (``n``) the first one seen is read. Old TGI counts tokens in
        ``index``, from 1: there each next number is the same answer.
        """
        if self._choice is None or index == self._choice:
            self._choice = index
            return True
        if isinstance(index, int) and isinstance(self._choice, int) and self._choice > 0:
            follows = index == self._choice + 1
            self._choice = index if follows else self._choice
            return follows
        return False

    def _read(self, wire: _WireDelta, answer_id: object, result: Delta) -> None:
        content = wire.content
        in_parts = ""
        if content is not None and not isinstance(content, str):
            content, in_parts = read_content(content)
        reasoning = first_reasoning(
            wire.reasoning_content,
            wire.reasoning,
            wire.reasoning_text,
            wire.thinking,
            wire.reasoning_details,
            in_parts,
        )
        if reasoning:
            self._thinking.may_close_unopened = False
        if content:
            self._put(self._thinking.feed(content), result)
        if reasoning or result.reasoning:
            result.reasoning = self._hold_blank_reasoning(reasoning + result.reasoning)
        if isinstance(wire.refusal, str):
            result.refusal = wire.refusal
        if wire.tool_calls:
            self._read_calls(wire.tool_calls, answer_id, result)

    def _read_calls(
        self, fragments: list[dict[str, Any]], answer_id: object, result: Delta
    ) -> None:
        calls: list[ToolCallDelta] = []
        for fragment in fragments:
            if fragment.get("type") == "custom":
                result.warning = "the answer calls a custom tool, which is outside the contract"
            else:
                calls.append(self._calls.place(fragment, answer_id))
        result.tool_calls = calls

    def _release(self, events: list[StreamEvent]) -> None:
        rest = Delta()
        self._put(self._thinking.flush(), rest)
        rest.reasoning = self._hold_blank_reasoning(rest.reasoning)
        if rest.text or rest.reasoning:
            events.append(rest)

    def _put(self, split: Split, result: Delta) -> None:
        result.text, result.reasoning, result.text_was_reasoning = split

    def _hold_blank_reasoning(self, reasoning: str) -> str:
        """Return reasoning, but hold back leading whitespace until other text follows it."""
        if self._reasoned or not reasoning:
            return reasoning
        if reasoning.isspace():
            self._blank_reasoning += reasoning
            return ""
        self._reasoned = True
        return self._blank_reasoning + reasoning
