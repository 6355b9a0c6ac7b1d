"""Decodes streamed answers: one JSON object per line.

Source: https://docs.ollama.com/api/streaming
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from provider_sdk import (
    ChatCall,
    Delta,
    ProviderError,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamJunk,
    ToolCallDelta,
)
from provider_sdk.chat_completions import read_error_body, says_error
from provider_sdk.decoding import (
    CharacterJoiner,
    LineDecoder,
    Split,
    TextBuffer,
    ThinkSplitter,
    decode_json,
)

from provider_ollama._answer import (
    CallReader,
    end_of,
    read_content,
    read_finish,
    read_usage,
    warnings_of,
)
from provider_ollama._errors import make_error
from provider_ollama._state import state_of

_CUT_FIELDS = frozenset({"content", "thinking"})
_BLANK = b"\xef\xbb\xbf \t\r\n\v\f"
_ALWAYS_SHALLOW_BYTES = 400  # too short to be nested more than 200 deep


# Objects are typed, so that msgspec skips unknown fields; values are not, because servers differ.
class WireMessage(msgspec.Struct):
    """What a line adds to the answer."""

    content: Any = None
    thinking: Any = None
    tool_calls: Any = None


class WireLine(msgspec.Struct):
    """A line of a stream."""

    model: Any = None
    created_at: Any = None
    message: WireMessage | None = None
    done: Any = False
    done_reason: Any = None
    prompt_eval_count: Any = None
    eval_count: Any = None
    prompt_eval_cached_count: Any = None
    error: Any = None


_LINES = msgspec.json.Decoder(WireLine)


class OllamaStreamDecoder:
    """Decodes one stream.

    Args:
        call: the call that is answered.
        error_hint: says what to do about an error of the service.
    """

    def __init__(self, call: ChatCall, error_hint: Callable[[ProviderError], str | None]) -> None:
        self._lines = LineDecoder()
        self._call = call
        self._error_hint = error_hint
        self._thinking = ThinkSplitter()
        self._calls = CallReader(call)
        self._thought = TextBuffer()
        self._model: object = None
        self._wrote = False
        # Created only if the server cuts characters.
        self._joiners: dict[str, CharacterJoiner] = {}

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes, return the events that they complete."""
        events: list[StreamEvent] = []
        # Most writes are one short line. Checking for that takes less time than splitting them.
        if len(data) <= _ALWAYS_SHALLOW_BYTES and self._is_one_line(data):
            self._decode(data, events)
        else:
            for line in self._lines.feed(data):
                self._decode(line, events)
        return events

    def flush(self) -> list[StreamEvent]:
        """Return what was still held back."""
        events: list[StreamEvent] = []
        for line in self._lines.flush():
            self._decode(line, events)
        self._end(Delta(), events)
        return events

    def _decode(self, data: bytes, events: list[StreamEvent]) -> None:
        start = data[:1] if data[:1] == b"{" else data.lstrip(_BLANK)[:1]
        if not start:
            return  # blank lines keep connections alive
        try:
            line = self._line(data) if start == b"{" else None
        except ValueError:
            line = None
        if line is None:
            events.append(StreamJunk("the stream holds a line that is not a part of an answer"))
            return
        if (text := self._plain_text(line)) is not None:
            self._wrote = self._wrote or bool(text)
            events.append(Delta(text))
            return
        result = Delta()
        if line.message is not None:
            self._read(line.message, line.created_at, result)
        if line.model != self._model and isinstance(line.model, str):
            self._model = result.model = line.model
        if says_error(line.error):
            self._end(result, events)
            error = make_error(None, read_error_body({"error": line.error}))
            error.hint = self._error_hint(error)
            events.append(StreamFailure(error))
        elif line.done is True:
            self._finish(line, result, events)
        else:
            events.append(result)

    def _is_one_line(self, data: bytes) -> bool:
        end = len(data) - 1
        return (
            end > 0 and data.find(b"\n") == end and self._lines.at_line_start and b"\r" not in data
        )

    def _plain_text(self, line: WireLine) -> str | None:
        """Return the text of a line that adds text and nothing else, as most do."""
        message = line.message
        if (
            message is None
            or line.done is not False
            or message.thinking is not None
            or message.tool_calls is not None
            or line.error is not None
            or line.model != self._model
            or self._joiners
        ):
            return None
        content = message.content
        is_plain = isinstance(content, str) and content.isascii()
        return content if is_plain and self._thinking.take_plain(content) else None

    def _line(self, data: bytes) -> WireLine:
        if len(data) <= _ALWAYS_SHALLOW_BYTES:
            try:
                return _LINES.decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass
        return decode_json(data, WireLine, keep_halves=_CUT_FIELDS)

    def _read(self, message: WireMessage, created_at: object, result: Delta) -> None:
        if message.thinking and (thinking := self._text("thinking", message.thinking)):
            self._thinking.may_close_unopened = False
            self._thought.add(thinking)
            result.reasoning = thinking
        if message.content and (content := self._text("content", message.content)):
            self._wrote = True
            _add_split(self._thinking.feed(content), result)
        if message.tool_calls:
            first = len(self._calls)
            result.tool_calls = [
                ToolCallDelta(index, call.id, call.name, call.arguments_text)
                for index, call in enumerate(
                    self._calls.read(message.tool_calls, created_at), start=first
                )
            ]

    def _text(self, field: str, value: object) -> str:
        text = read_content(value)
        if (joiner := self._joiners.get(field)) is None:
            if text.isascii():
                return text
            joiner = self._joiners[field] = CharacterJoiner()
        return joiner.feed(text)

    def _finish(self, line: WireLine, result: Delta, events: list[StreamEvent]) -> None:
        finish, result.raw_finish_reason = read_finish(line.done_reason)
        result.finish_reason = end_of(finish, wrote=self._wrote)
        result.usage = read_usage(
            line.prompt_eval_count, line.eval_count, line.prompt_eval_cached_count
        )
        self._end(result, events)
        odd = warnings_of(
            self._call, line.done_reason, line.prompt_eval_count, line.prompt_eval_cached_count
        )
        events.extend(Delta(warning=warning) for warning in odd)
        events.append(StreamEnd())

    def _end(self, result: Delta, events: list[StreamEvent]) -> None:
        """Append a delta with all that was held back, and with the state for the next turn."""
        if halves := {field: joiner.flush() for field, joiner in self._joiners.items()}:
            result.reasoning += halves.get("thinking", "")
            self._thought.add(halves.get("thinking", ""))
            _add_split(self._thinking.feed(halves.get("content", "")), result)
        _add_split(self._thinking.flush(), result)
        thought, self._thought = self._thought.value(), TextBuffer()
        if self._call.provider:
            result.provider_data = state_of(thought, self._call.model)
        if result != Delta():
            events.append(result)


def _add_split(split: Split, result: Delta) -> None:
    if split.text_was_reasoning:
        result.text_was_reasoning = True
        result.reasoning += result.text
        result.text = ""
    result.text += split.text
    result.reasoning += split.reasoning
