"""What the service answers and what it received, independent of any protocol."""

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

    An empty ``id`` is left out, for protocols whose traits have ``anonymous_calls``. ``written``
    replaces the text of the arguments, to send text that is not JSON or is written in another way.
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
    """Token counts to report; those that are ``None`` are left out."""

    prompt: int | None = None
    completion: int | None = None
    total: int | None = None
    cached: int | None = None
    reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the model; a wire leaves out what its protocol cannot express.

    Attributes:
        pieces: the text, in the pieces in which it is streamed.
        model: the model that the service names; empty for the one that was requested.
        reasoning: the reasoning, in pieces.
        refusal: the text of a refusal.
        calls: the tool calls.
        finish: why the answer ended.
        finish_word: the protocol's word for that, if not the usual one.
        usage: token counts to report.
        running_usage: token counts that a stream reports with its first pieces, before ``usage``.
        extra: further fields, which no protocol knows.
        request_id: the id that the service gives the exchange.
        served_by: the back end that a router chose.
        state: opaque JSON that the next request must bring back with the turn, such as a signature;
            sent by protocols whose traits have ``state``.
        joins_finish: whether a stream is written as tightly as possible: the last piece comes in
            one event with the finish reason, and the last piece of one kind, such as reasoning, in
            one event with the first of the next; for protocols whose traits have ``joined_finish``.
        interleaves: whether the fragments of several calls come in turns; for protocols whose
            traits have ``interleaved_calls``.
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
    state: Any = None
    joins_finish: bool = False
    interleaves: bool = False

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a streamed answer, encoded."""

    kind: FrameKind
    data: bytes


Change = tuple[FrameKind, dict[str, Any]]
"""What one event adds to an answer: the kind of piece, and its fields."""


def joined_kinds(changes: Sequence[Change]) -> list[Change]:
    """Return changes with the last of a kind and the first of the next as one, if none is lost."""
    found: list[Change] = []
    last = ""
    for kind, fields in changes:
        if found and kind != last and not {n for n in fields if fields[n]} & _filled(found[-1]):
            _, before = found.pop()
            fields = {**before, **{n: v for n, v in fields.items() if v or n not in before}}
        found.append((kind, fields))
        last = kind
    return found


def _filled(change: Change) -> set[str]:
    return {name for name, value in change[1].items() if value}


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that the service reports.

    Attributes:
        kind: what went wrong.
        message: the service's own words.
        status: replaces the usual HTTP status of the kind.
        retry_after: seconds that the service asks to wait.
        request_id: the id that the service gives the exchange.
        served_by: the back end that a router chose.
    """

    kind: ErrorKind
    message: str
    status: int | None = None
    retry_after: float | None = None
    request_id: str = ""
    served_by: str = ""


@dataclass(frozen=True, slots=True)
class SeenPart:
    """A part of a message that the service received: its text, or an image as in ``images``."""

    kind: Literal["text", "image"]
    value: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message that the service received, decoded.

    Attributes:
        role: the role.
        text: the text; of several parts, joined.
        images: images as ``data:`` URLs, without media type if the protocol does not say it.
        calls: tool calls, as id, name and decoded arguments (``seen_arguments``).
        answers: the id of the call of which this is the result.
        parts: text and images in their order; empty if the protocol has no order between them.
        state: the opaque state of the turn (``Answer.state``), ``None`` if none came back.
        own_fields: the fields of ``Traits.own_fields`` that came with the turn; ``extra_content``
            is a list, one item per call.
    """

    role: str
    text: str
    images: Sequence[str] = ()
    calls: Sequence[tuple[str, str, Any]] = ()
    answers: str | None = None
    parts: Sequence[SeenPart] = ()
    state: Any = None
    own_fields: Mapping[str, Any] = field(default_factory=dict)


def seen_arguments(text: str) -> Any:
    """Return the arguments of a tool call in a request that holds them as text.

    They are what the text says in JSON; a text that is not JSON, such as one that was cut off, is
    itself what the caller sends back.
    """
    try:
        return json.loads(text)
    except ValueError:
        return text


@dataclass(frozen=True, slots=True)
class SeenChat:
    """A chat call that the service received, decoded into the contract's terms.

    Attributes:
        model: the model.
        messages: the messages, a system prompt included.
        options: the options that were sent, by the names of ``ChatOptions``.
        stream: whether to stream.
        wants_usage: whether the request asks a stream to report usage.
        body: the fields of the request by the protocol's own names, with those from ``extra_body``.
        surplus: fields of the body that neither the call nor the protocol requires.
        wants_state: whether the request asks for the opaque state of the answer.
    """

    model: str
    messages: Sequence[SeenMessage]
    options: Mapping[str, Any]
    stream: bool
    wants_usage: bool = True
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    surplus: Mapping[str, Any] = field(default_factory=dict)
    wants_state: bool = True
