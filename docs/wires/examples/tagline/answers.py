"""Decodes the lines of a tagline answer, whole or streamed."""

from __future__ import annotations

import re

from provider_sdk import (
    ContextLengthError,
    Delta,
    FinishReason,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamJunk,
    ToolCall,
    ToolCallDelta,
    Usage,
    error_class_of,
)
from provider_sdk.decoding import LineDecoder

from tagline.lines import Line, read_line

_COUNT = re.compile(r"\b(read|written|cached)=(\d{1,15})\b")
_FINISH: dict[str, FinishReason] = {
    "done": "stop",
    "limit": "length",
    "calls": "tool_calls",
    "filtered": "content_filter",
}
_ERRORS: dict[str, tuple[type[ProviderError], str]] = {
    "key": (ProviderAuthError, "Check the key."),
    "scope": (ProviderPermissionError, "Ask for permission, or use another key."),
    "pace": (ProviderRateLimitError, "Wait, then try again."),
    "credit": (ProviderQuotaError, "Add credit: waiting does not help."),
    "model": (ProviderModelNotFoundError, "list_models() knows the models."),
    "request": (ProviderRequestError, "Correct the request."),
    "size": (ContextLengthError, "Shorten the conversation."),
    "busy": (ProviderOverloadedError, "Try again later."),
    "late": (ProviderTimeoutError, "Stream long answers."),
    "fault": (ProviderUnavailableError, "Try again later."),
}


class TaglineDecoder:
    """Decodes a streamed answer into events, one per line."""

    def __init__(self) -> None:
        self._lines = LineDecoder()
        self._calls = 0

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes; return the events that they complete."""
        return [event for line in self._lines.feed(data) for event in self._events(line)]

    def flush(self) -> list[StreamEvent]:
        """Return ``StreamJunk`` if the body ends within a line: it may be cut off anywhere."""
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
                return [StreamFailure(read_error(line))]
            case "end":
                return [StreamEnd()]
        return []  # a tag of a later version

    def _call(self, line: Line) -> Delta:
        id, name, arguments = line.words(3)
        self._calls += 1
        return Delta(tool_calls=[ToolCallDelta(self._calls - 1, id, name, arguments)])


def read_call(line: Line) -> ToolCall:
    """Return a tool call: its id, its name, and the arguments as JSON."""
    return ToolCall.parse(*line.words(3))


def read_finish(line: Line) -> tuple[FinishReason, str]:
    """Return why an answer ended, as the contract's word and as the service's."""
    word = line.words(1)[0]
    return _FINISH.get(word, "other"), word


def read_usage(line: Line) -> Usage | None:
    """Return the token counts; those that were not sent are ``None``."""
    counts = {name: int(count) for name, count in _COUNT.findall(line.value)}
    if not counts:
        return None
    return Usage(counts.get("read"), counts.get("written"), cached_tokens=counts.get("cached"))


def read_error(line: Line, status: int | None = None) -> ProviderError:
    """Return the error that a line reports as a code and a message."""
    code, words = line.words(2)
    unknown = error_class_of(status) if status else ProviderResponseError
    kind, hint = _ERRORS.get(code, (unknown, None))
    return kind(words or code, hint=hint)
