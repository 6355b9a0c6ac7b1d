"""What the service is to say, before any wire gives it a form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

FrameKind = Literal["start", "reasoning", "text", "tool", "finish", "usage", "end", "noise"]
Finish = Literal["stop", "length", "tool_calls", "content_filter"]

ErrorKind = Literal[
    "auth",
    "permission",
    "rate_limit",
    "quota",
    "model_not_found",
    "bad_request",
    "context_length",
    "overloaded",
    "server",
    "timeout",
]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that the model makes.

    ``written`` is the text of the arguments where the model did not write JSON for them.
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    written: str | None = None

    @property
    def arguments_text(self) -> str:
        """The arguments as text."""
        if self.written is not None:
            return self.written
        return json.dumps(self.arguments, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token usage to report; ``None`` is left out."""

    prompt: int | None = None
    completion: int | None = None
    total: int | None = None
    cached: int | None = None
    reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the model; a wire leaves out what it has no form for.

    Attributes:
        pieces: the deltas of its text.
        model: what the service says answered; empty for the one that was asked.
        reasoning: the deltas of its reasoning.
        refusal: the words of a refusal.
        calls: the tools that it calls.
        finish: why it ended.
        finish_word: the protocol's word for that, where it is not the usual one.
        usage: tokens to report.
        running_usage: what a stream reports with its first deltas, before ``usage``.
        extra: fields that are in no protocol.
        request_id: the service's id of the exchange.
        served_by: the back end that a router chose.
    """

    pieces: Sequence[str] = ()
    model: str = ""
    reasoning: Sequence[str] = ()
    refusal: str = ""
    calls: Sequence[Call] = ()
    finish: Finish = "stop"
    finish_word: str = ""
    usage: Tokens | None = None
    running_usage: Sequence[Tokens] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""
    served_by: str = ""

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a streamed answer, as bytes of the wire."""

    kind: FrameKind
    data: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that the service reports.

    ``status`` overrides the wire's usual one for the kind; ``retry_after`` is in seconds.
    """

    kind: ErrorKind
    message: str
    status: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message as the service read it from a request."""

    role: str
    text: str
    images: Sequence[str] = ()
    calls: Sequence[tuple[str, str, Any]] = ()
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class SeenChat:
    """A chat call as the service read it from a request, in the contract's words.

    ``options`` holds what was sent, by the names of ``ChatOptions``; ``body`` holds the fields of
    the request by the protocol's own names, those that ``extra_body`` added included.
    """

    model: str
    messages: Sequence[SeenMessage]
    options: Mapping[str, Any]
    stream: bool
    wants_usage: bool = True
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
