"""What the service's answers hold, whole or streamed, and what it means to the contract."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
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
    ToolCallDelta,
    Usage,
    error_class_of,
)
from provider_sdk.decoding import LineDecoder, decode_json

_FINISH: dict[str, FinishReason] = {
    "done": "stop",
    "limit": "length",
    "calls": "tool_calls",
    "filtered": "content_filter",
}
_ERRORS: dict[str, tuple[type[ProviderError], str]] = {
{% if cookiecutter.credential == "none" %}
    "key": (ProviderAuthError, "Ask the service for access."),
    "scope": (ProviderPermissionError, "Ask the service for access."),
{% else %}
    "key": (ProviderAuthError, "Check the key."),
    "scope": (ProviderPermissionError, "Ask for permission, or use another key."),
{% endif %}
    "pace": (ProviderRateLimitError, "Wait, then try again."),
    "credit": (ProviderQuotaError, "Add credit: waiting does not help."),
    "model": (ProviderModelNotFoundError, "list_models() knows the models."),
    "request": (ProviderRequestError, "Correct the request."),
    "size": (ContextLengthError, "Shorten the conversation."),
    "busy": (ProviderOverloadedError, "Try again later."),
    "fault": (ProviderUnavailableError, "Try again later."),
    "late": (ProviderTimeoutError, "Stream long answers."),
}


class Call(Struct):
    """A call of a tool; its arguments are JSON as the model wrote it."""

    id: str
    name: str
    arguments: str


class Counts(Struct):
    """Tokens that were read and written."""

    read: Annotated[int, Meta(ge=0)] | None = None
    written: Annotated[int, Meta(ge=0)] | None = None


class Failure(Struct):
    """What went wrong."""

    code: str
    message: str = ""


class Answer(Struct):
    """A whole answer, or what a line of a streamed one adds to it."""

    model: str | None = None
    text: str = ""
    reasoning: str = ""
    calls: list[Call] = []
    usage: Counts | None = None
    finish: str | None = None
    error: Failure | None = None


class Decoder:
    """Bytes of a streamed answer to events, one a line."""

    def __init__(self) -> None:
        self._lines = LineDecoder()
        self._calls = 0

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes, return the events that they complete."""
        return [event for line in self._lines.feed(data) for event in self._events(line)]

    def flush(self) -> list[StreamEvent]:
        """Return what was still held back: a line without its end, which may have lost more."""
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
    """Return the contract's word for why an answer ended."""
    return _FINISH.get(word, "other")


def read_usage(counts: Counts | None) -> Usage | None:
    """Return the counts of tokens; those that were not sent stay unknown."""
    return None if counts is None else Usage(counts.read, counts.written)


def read_failure(failure: Failure, status: int | None = None) -> ProviderError:
    """Return the error that the service reports; a code that is new is judged by the status."""
    unknown = error_class_of(status) if status else ProviderResponseError
    kind, hint = _ERRORS.get(failure.code, (unknown, None))
    return kind(failure.message or failure.code, hint=hint)
