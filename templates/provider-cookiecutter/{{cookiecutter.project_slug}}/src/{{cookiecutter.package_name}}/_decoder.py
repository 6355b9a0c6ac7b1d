"""Answers: what they hold, whole or streamed, and the decoder of streamed ones."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from provider_sdk import (
    Delta,
    FinishReason,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamJunk,
    ToolCallDelta,
    Usage,
)
from provider_sdk.decoding import LineDecoder, decode_json

{{ imports((cookiecutter.package_name ~ "._errors", ["Failure", "read_failure"])) }}

_FINISH: dict[str, FinishReason] = {
    "done": "stop",
    "limit": "length",
    "calls": "tool_calls",
    "filtered": "content_filter",
}


class Call(Struct):
    """A tool call; its arguments are JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


class Counts(Struct):
    """How many tokens the model read and wrote."""

    read: Annotated[int, Meta(ge=0)] | None = None
    written: Annotated[int, Meta(ge=0)] | None = None


class Answer(Struct):
    """A whole answer, or what one line of a streamed answer adds to it."""

    model: str | None = None
    text: str = ""
    reasoning: str = ""
    calls: list[Call] = []
    usage: Counts | None = None
    finish: str | None = None
    error: Failure | None = None


class Decoder:
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

    def _events(self, line: bytes) -> list[StreamEvent]:
        if not line:
            return []  # keeps the connection alive
        try:
            answer = decode_json(line, Answer)
        except ValueError as error:
            return [StreamJunk(str(error))]
        if answer.error is not None:
            return [StreamFailure(read_failure(answer.error))]
        ended = [] if answer.finish is None else [StreamEnd()]
        return [self._delta(answer), *ended]

    def _delta(self, answer: Answer) -> Delta:
        calls = [
            ToolCallDelta(index, call.id, call.name, call.arguments)
            for index, call in enumerate(answer.calls, start=self._calls)
        ]
        self._calls += len(calls)
        return Delta(
            text=answer.text,
            reasoning=answer.reasoning,
            tool_calls=calls,
            finish_reason=None if answer.finish is None else read_finish(answer.finish),
            raw_finish_reason=answer.finish,
            usage=read_usage(answer.usage),
            model=answer.model,
        )


def read_finish(word: str) -> FinishReason:
    """Return the finish reason for the service's word."""
    return _FINISH.get(word, "other")


def read_usage(counts: Counts | None) -> Usage | None:
    """Return the token counts; those that were not sent stay ``None``."""
    return None if counts is None else Usage(counts.read, counts.written)
