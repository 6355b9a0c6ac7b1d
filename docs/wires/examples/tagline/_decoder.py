"""Answers: what their lines mean, whole or streamed, and the decoder of streamed ones."""

from __future__ import annotations

import re

from provider_sdk import (
    Delta,
    FinishReason,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamJunk,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from provider_sdk.decoding import LineDecoder

from tagline._errors import read_failure
from tagline._lines import Line, read_line

_COUNT = re.compile(r"\b(read|written|cached)=(\d{1,15})\b")
_FINISH: dict[str, FinishReason] = {
    "done": "stop",
    "limit": "length",
    "calls": "tool_calls",
    "filtered": "content_filter",
}


class TaglineDecoder:
    """Turns the bytes of a streamed answer into events, one per line."""

    def __init__(self) -> None:
        self._lines = LineDecoder()
        self._calls = 0

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes and return the events that they complete."""
        return [event for line in self._lines.feed(data) for event in self._events(line)]

    def flush(self) -> list[StreamEvent]:
        """Return junk for a line without its end: it may have lost more than that."""
        return [StreamJunk("the stream ends within a line") for _ in self._lines.flush()]

    def _events(self, data: bytes) -> list[StreamEvent]:
        if not data:
            return []  # keeps the connection alive
        try:
            line = read_line(data)
        except ValueError as error:
            return [StreamJunk(str(error))]
        match line.tag:
            case "model":
                return [Delta(model=line.words(1)[0])]
            case "text":
                return [Delta(text=line.words(1)[0])]
            case "call":
                return [self._call(line)]
            case "usage":
                return [Delta(usage=read_usage(line))]
            case "finish":
                finish, word = read_finish(line)
                return [Delta(finish_reason=finish, raw_finish_reason=word)]
            case "error":
                return [StreamFailure(read_failure(line))]
            case "end":
                return [StreamEnd()]
        return []  # a tag of a later version

    def _call(self, line: Line) -> Delta:
        id, name, arguments = line.words(3)
        self._calls += 1
        return Delta(tool_calls=[ToolCallDelta(self._calls - 1, id, name, arguments)])


def read_call(line: Line) -> ToolCall:
    """Return a tool call: its id, its name, and its arguments as JSON."""
    return ToolCall.parse(*line.words(3))


def read_finish(line: Line) -> tuple[FinishReason, str]:
    """Return the finish reason, and the service's own word for it."""
    word = line.words(1)[0]
    return _FINISH.get(word, "other"), word


def read_usage(line: Line) -> Usage | None:
    """Return the token counts; those that were not sent stay ``None``."""
    counts = {name: int(count) for name, count in _COUNT.findall(line.value)}
    if not counts:
        return None
    return Usage(counts.get("read"), counts.get("written"), cached_tokens=counts.get("cached"))
