"""Decodes a streamed answer from bytes to deltas."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from provider_sdk._dialect import (
    ChatCall,
    Delta,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamJunk,
)
from provider_sdk._errors import ProviderError, StreamInterruptedError
from provider_sdk._json import MAX_DEPTH, decode_json, is_too_deep, mended
from provider_sdk._responses import ToolCallDelta
from provider_sdk.chat_completions._choices import ChoiceFilter
from provider_sdk.chat_completions._error_signs import (
    first_error,
    is_error_event,
    says_error,
)
from provider_sdk.chat_completions._errors import (
    ServiceError,
    error_in_chunk,
    read_error_body,
    read_error_event,
)
from provider_sdk.chat_completions._fields import (
    first_reasoning,
    groq_error,
    groq_usage,
    read_content,
    read_usage,
)
from provider_sdk.chat_completions._finish import broken_end, finish_reason, is_broken_end
from provider_sdk.chat_completions._fragments import ToolCallTracker
from provider_sdk.chat_completions._state import TurnState
from provider_sdk.chat_completions._tool_calls import OUTSIDE_CONTRACT, fragments_of
from provider_sdk.chat_completions._wire import CUT_FIELDS, WireChoice, WireChunk, WireDelta
from provider_sdk.decoding import CharacterJoiner, Split, SSEDecoder, ThinkSplitter

_ALWAYS_SHALLOW_BYTES = 2 * MAX_DEPTH
_TERMINATOR_BYTES = 64
_CHUNKS = msgspec.json.Decoder(WireChunk)


class OpenAIStreamDecoder:
    """Decodes one stream of chat completion chunks.

    Args:
        call: the call that is answered.
        make_error: turns an error inside the stream into the exception for it.
    """

    def __init__(self, call: ChatCall, make_error: Callable[[ServiceError], ProviderError]) -> None:
        self._sse = SSEDecoder()
        self._make_error = make_error
        self._provider = call.provider
        self._thinking = ThinkSplitter()
        self._calls = ToolCallTracker()
        self._choices = ChoiceFilter(several=_asks_for_several(call))
        self._state = TurnState(call.model)
        # Created only if the server cuts characters.
        self._text_joiner: CharacterJoiner | None = None
        self._reasoning_joiner: CharacterJoiner | None = None
        self._refusal_joiner: CharacterJoiner | None = None
        self._answer_id: object = None
        self._model: object = None
        self._blank_reasoning: list[str] = []
        self._reasoned = False
        self._has_begun = False
        self._finished = False
        self._warned = False

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
        self._flush_thinking(events)
        return events

    def _decode(self, name: str, data: bytes, events: list[StreamEvent]) -> None:
        if len(data) < _TERMINATOR_BYTES and data.strip() == b"[DONE]":
            self._flush_thinking(events)
            events.append(StreamEnd())
            return
        if name != "message" and is_error_event(name):
            self._fail(self._make_error(read_error_event(data)), events)
            return
        try:
            chunk = self._chunk(data)
        except ValueError:
            if data.strip():  # some servers keep connections alive with blank events
                events.append(
                    StreamJunk("the stream holds an event that is not a chunk of an answer")
                )
            return
        ours = self._choices.take(chunk.choices) if chunk.choices else ()
        if chunk.id:
            self._answer_id = chunk.id
        if len(ours) > 1:  # choices that were held back until this chunk
            events.extend(map(self._delta, ours[:-1]))
        result = self._delta(ours[-1]) if ours else Delta()
        self._add_facts(chunk, result)
        says_nothing = not (result.text or result.reasoning or result.tool_calls)
        error = error_in_chunk(data) if says_nothing or chunk.may_be_error else None
        if error is not None:
            if result != Delta():
                events.append(result)
            self._fail(self._make_error(error), events)
            return
        events.append(result)
        for choice in ours:
            if (
                choice.finish_reason is not None
                or choice.error is not None
                or choice.message is not None
                or (choice.delta is not None and choice.delta.error is not None)
            ):
                self._check(choice, events)
        if chunk.x_groq is not None and says_error(reason := groq_error(chunk.x_groq)):
            self._fail(self._make_error(read_error_body({"error": reason})), events)

    def _chunk(self, data: bytes) -> WireChunk:
        if len(data) <= _ALWAYS_SHALLOW_BYTES or not is_too_deep(data):
            try:
                return _CHUNKS.decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError):
                self._text_joiner = self._text_joiner or CharacterJoiner()
                self._reasoning_joiner = self._reasoning_joiner or CharacterJoiner()
                self._refusal_joiner = self._refusal_joiner or CharacterJoiner()
        return decode_json(data, WireChunk, keep_halves=CUT_FIELDS)

    def _check(self, choice: WireChoice, events: list[StreamEvent]) -> None:
        if (error := first_error(*choice.errors())) is not None:
            self._fail(self._make_error(read_error_body({"error": error})), events)
        elif is_broken_end(choice.finish_reason):
            hint = "Ask again; what had arrived is kept as a partial answer."
            self._fail(StreamInterruptedError(broken_end(choice.finish_reason), hint=hint), events)

    def _fail(self, error: ProviderError, events: list[StreamEvent]) -> None:
        self._flush_thinking(events)
        events.append(StreamFailure(error))

    def _add_facts(self, chunk: WireChunk, result: Delta) -> None:
        if chunk.model != self._model and isinstance(chunk.model, str):
            self._model = result.model = chunk.model
        if chunk.usage is not None or chunk.x_groq is not None:
            result.usage = read_usage(chunk.usage, groq_usage(chunk.x_groq)) or result.usage

    def _delta(self, choice: WireChoice) -> Delta:
        result = Delta()
        if choice.delta is not None:
            self._read(choice.delta, result)
        elif choice.text is not None:
            self._read(WireDelta(content=choice.text), result)
        if choice.message is not None and not self._has_begun and isinstance(choice.message, dict):
            self._read(msgspec.convert(choice.message, WireDelta), result)
        if choice.usage is not None:
            result.usage = read_usage(choice.usage) or result.usage
        if choice.finish_reason is not None:
            self._finish(choice.finish_reason, result)
        return result

    def _finish(self, raw: object, result: Delta) -> None:
        result.finish_reason = finish_reason(raw)
        if result.finish_reason is None:
            return
        result.raw_finish_reason = str(raw)
        if not self._finished:
            self._finished = True
            self._complete(result)

    def _complete(self, result: Delta) -> None:
        """Add what is only complete at the end of the answer: arguments, and provider data."""
        if held := self._calls.held_back():
            result.tool_calls = [*result.tool_calls, *held]
        if self._provider:
            calls_tools = len(self._calls) > 0
            result.provider_data = self._state.take(self._calls.take_extras(), calls_tools)

    def _read(self, wire: WireDelta, result: Delta) -> None:
        content, reasoning, refusal = wire.content, "", wire.refusal
        if content is not None and not isinstance(content, str):
            content, reasoning, in_parts = read_content(content)
            refusal = refusal or in_parts
        if (
            wire.reasoning_content is not None
            or wire.reasoning is not None
            or wire.reasoning_details is not None
            or wire.reasoning_text is not None
            or wire.thinking is not None
        ):
            reasoning = self._reasoning(wire) or reasoning
        if reasoning:
            self._thinking.may_close_unopened = False
            if self._reasoning_joiner is not None:
                reasoning = self._reasoning_joiner.feed(reasoning)
        if content:
            if self._text_joiner is not None:
                content = self._text_joiner.feed(content)
            if self._thinking.take_plain(content):
                result.text = content
            else:
                self._set_split(self._thinking.feed(content), result)
        if content or reasoning or refusal or wire.tool_calls:
            self._has_begun = True
        if wire.usage is not None:
            result.usage = read_usage(wire.usage)
        if reasoning or result.reasoning:
            result.reasoning = self._hold_blank_reasoning(reasoning + result.reasoning)
        if refusal is not None and isinstance(refusal, str):
            joiner = self._refusal_joiner
            result.refusal = mended(refusal) if joiner is None else joiner.feed(refusal)
        if wire.tool_calls:
            self._read_calls(wire.tool_calls, result)
        if wire.function_call:
            self._warn(result)

    def _reasoning(self, wire: WireDelta) -> str:
        if isinstance(wire.reasoning_content, str):
            self._state.add("reasoning_content", wire.reasoning_content)
        if isinstance(wire.reasoning, str):
            self._state.add("reasoning", wire.reasoning)
        if wire.reasoning_details is not None:
            self._state.add_details(wire.reasoning_details)
        return first_reasoning(
            wire.reasoning_content,
            wire.reasoning,
            wire.reasoning_text,
            wire.thinking,
            wire.reasoning_details,
        )

    def _read_calls(self, fragments: object, result: Delta) -> None:
        calls: list[ToolCallDelta] = []
        self._calls.begin_list()
        for fragment in fragments_of(fragments):
            if fragment.get("type") == "custom":
                self._warn(result)
            else:
                calls.append(self._calls.place(fragment, self._answer_id))
        result.tool_calls = calls

    def _warn(self, result: Delta) -> None:
        if not self._warned:
            self._warned = True
            result.warning = OUTSIDE_CONTRACT

    def _flush_thinking(self, events: list[StreamEvent]) -> None:
        events.extend(map(self._delta, self._choices.rest()))
        if self._text_joiner is not None and (half := self._text_joiner.flush()):
            last = Delta()
            self._set_split(self._thinking.feed(half), last)
            events.append(last)
        rest = Delta()
        self._set_split(self._thinking.flush(), rest)
        if self._reasoning_joiner is not None:
            rest.reasoning = self._reasoning_joiner.flush() + rest.reasoning
        if self._refusal_joiner is not None:
            rest.refusal = self._refusal_joiner.flush()
        rest.reasoning = self._hold_blank_reasoning(rest.reasoning)
        self._complete(rest)
        if rest != Delta():
            events.append(rest)

    def _set_split(self, split: Split, result: Delta) -> None:
        result.text, result.reasoning, result.text_was_reasoning = split

    def _hold_blank_reasoning(self, reasoning: str) -> str:
        """Return reasoning, but hold back leading whitespace until other text follows it."""
        if self._reasoned or not reasoning:
            return reasoning
        if reasoning.isspace():
            self._blank_reasoning.append(reasoning)  # joined once: there may be very many
            return ""
        self._reasoned = True
        return "".join([*self._blank_reasoning, reasoning])


def _asks_for_several(call: ChatCall) -> bool:
    count = (call.options.get("extra_body") or {}).get("n")
    return isinstance(count, int) and count > 1
