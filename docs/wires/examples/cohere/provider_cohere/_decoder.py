"""Decodes a streamed answer from bytes to deltas.

Source: https://docs.cohere.com/docs/streaming
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import (
    ChatCall,
    Delta,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamJunk,
    ToolCallDelta,
)
from provider_sdk.decoding import (
    SSEDecoder,
    TextBuffer,
    arguments_text,
    call_id,
    decode_json,
    mapping_or_empty,
    text_or_none,
    token_count,
)

from provider_cohere._answer import read_finish, read_usage
from provider_cohere._errors import error_despite_success, failed_answer
from provider_cohere._state import State

_NOTHING = "the stream ended without an answer: check that the service speaks Cohere's protocol"


class CohereStreamDecoder:
    """Decodes one stream of events.

    Args:
        call: the call that is answered.
    """

    def __init__(self, call: ChatCall) -> None:
        self._sse = SSEDecoder()
        self._call = call
        self._id: str | None = None
        self._has_begun = False
        self._thinking = TextBuffer()
        self._plan = TextBuffer()
        # The place of each call in the answer, by the number that the service gives it.
        self._places: dict[int | None, int] = {}

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes, return the events that they complete."""
        return [event for found in self._sse.feed(data) for event in self._events(*found)]

    def flush(self) -> list[StreamEvent]:
        """Return what was still held back."""
        return [event for found in self._sse.flush() for event in self._events(*found)]

    def _events(self, name: str, data: bytes) -> list[StreamEvent]:
        if data.strip() == b"[DONE]":
            return [StreamEnd()] if self._has_begun else [StreamJunk(_NOTHING)]
        try:
            event = decode_json(data)
        except ValueError:
            event = None
        if not isinstance(event, Mapping):
            return [StreamJunk("the stream holds an event that is not part of an answer")]
        if "type" not in event and (error := error_despite_success(event)):
            return [StreamFailure(error)]
        self._has_begun = True
        return self._read(event.get("type") or name, event)

    def _read(self, kind: object, event: Mapping[str, Any]) -> list[StreamEvent]:
        delta = mapping_or_empty(event.get("delta"))
        message = mapping_or_empty(delta.get("message"))
        match kind:
            case "message-start":
                self._id = text_or_none(event.get("id"))
                return [Delta(request_id=self._id)]
            case "content-start" | "content-delta":
                return [self._content(mapping_or_empty(message.get("content")))]
            case "tool-plan-delta":
                return [self._planned(message.get("tool_plan"))]
            case "tool-call-start" | "tool-call-delta":
                return [self._tool_call(event, mapping_or_empty(message.get("tool_calls")))]
            case "message-end":
                return [self._end(delta)]
        return []  # ends of parts, citations, and kinds of events that are still to be invented

    def _content(self, content: Mapping[str, Any]) -> Delta:
        thinking = text_or_none(content.get("thinking")) or ""
        self._thinking.add(thinking)
        return Delta(text_or_none(content.get("text")) or "", thinking)

    def _planned(self, plan: object) -> Delta:
        text = text_or_none(plan) or ""
        self._plan.add(text)
        return Delta(reasoning=text)

    def _tool_call(self, event: Mapping[str, Any], made: Mapping[str, Any]) -> Delta:
        number = token_count(event.get("index"))
        is_new = number not in self._places
        place = self._places.setdefault(number, len(self._places))
        function = mapping_or_empty(made.get("function"))
        fragment = ToolCallDelta(
            place,
            call_id(made.get("id"), place, self._id) if is_new else None,
            text_or_none(function.get("name")),
            arguments_text(function.get("arguments")),
        )
        return Delta(tool_calls=[fragment])

    def _end(self, delta: Mapping[str, Any]) -> StreamEvent:
        finish, word = read_finish(delta.get("finish_reason"))
        if error := failed_answer(word or "", text_or_none(delta.get("error"))):
            error.request_id = self._id
            return StreamFailure(error)
        state = State(self._thinking.value(), self._plan.value()).item(self._call.model)
        return Delta(
            finish_reason=finish if word else None,
            raw_finish_reason=word,
            usage=read_usage(delta.get("usage")),
            provider_data=state if self._call.provider else None,
        )
