"""The seam between the contract and a wire protocol: pure functions, no I/O.

A call goes down as ``ChatCall`` → ``HttpRequest``; an answer comes up as ``HttpReply`` →
``ChatResponse``, or as bytes → ``StreamDecoder`` → ``StreamEvent``. Because nothing here touches a
network, a dialect is tested and fuzzed with plain values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import msgspec

from provider_sdk._errors import ProviderError, ProviderRequestError
from provider_sdk._messages import Message
from provider_sdk._options import ChatOptions
from provider_sdk._responses import ChatResponse, FinishReason, ModelInfo, ToolCallDelta
from provider_sdk._timeouts import NO_DEADLINE, Deadline
from provider_sdk._usage import Usage


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A checked chat call, with everything that belongs to it until it is answered.

    Attributes:
        model: the model to ask.
        messages: the conversation as ``Message`` objects, at least one.
        options: the options that are set; each is known, of the right form, and allowed.
        stream: whether the answer is to arrive piece by piece.
        include_usage: whether a stream is asked for token usage; a service that rejects the
            request for it gets the call again without.
        provider: the name under which ``provider_data`` keeps this provider's state, in the
            messages of the call and in the answer.
        notes: what was changed before the call was sent, one sentence each; they become warnings
            of the answer.
        deadline: when the call must be answered (a stream: must have begun).
    """

    model: str
    messages: tuple[Message, ...]
    options: ChatOptions
    stream: bool = False
    include_usage: bool = True
    provider: str = ""
    notes: tuple[str, ...] = ()
    deadline: Deadline = NO_DEADLINE


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request without credential.

    ``path`` continues the provider's base URL, or ``base_url`` for another host of the service.
    """

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_url: str | None = None


def json_body(value: Any) -> bytes:
    """Return the body of a request in JSON.

    Raises:
        ProviderRequestError: it holds something that JSON cannot carry.
    """
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        problem = str(error)
    raise ProviderRequestError(f"the request cannot be written as JSON: {problem}")


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A whole answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpExchange(Protocol):
    """An answer whose head has arrived and whose body is still to be read.

    Attributes:
        status: the HTTP status.
        headers: names are lower-case.
    """

    status: int
    headers: Mapping[str, str]

    async def read(self) -> bytes | None:
        """Return the next bytes of the body, ``None`` at its end.

        Raises:
            ProviderResponseError: the connection broke, or the content encoding is broken.
        """

    async def peek(self) -> bytes:
        """Return the first chunk after leading whitespace and byte order mark, and keep it.

        Empty at the end of the body, or after 64 KiB of whitespace. A connection that breaks is
        reported by the next ``read``.
        """

    async def read_all(self, limit: int) -> bytes:
        """Return the whole body.

        Raises:
            ProviderResponseError: as ``read``, or the body has more than ``limit`` bytes.
        """

    async def drain(self) -> None:
        """Read a short rest of the body, so that the connection can serve another request."""

    async def aclose(self) -> None:
        """Release the connection; further calls do nothing."""


@dataclass(slots=True)
class Delta:
    """What one event of the wire adds to the answer.

    Attributes:
        text: more of the answer's text.
        reasoning: more of what the model thinks aloud.
        refusal: more of the text of a refusal.
        tool_calls: fragments of tool calls.
        finish_reason: why the answer ended, in the contract's word.
        raw_finish_reason: the service's own word for it.
        usage: the tokens so far; the last that was sent counts.
        model: the model that the service says answers.
        warning: one sentence about something odd in the event.
        text_was_reasoning: all text so far belongs to the reasoning (a ``</think>`` that was
            never opened).
        provider_data: opaque JSON that the next turn must send back, such as the signature of
            this text or call. The answer's message keeps a list of all of them, in the order of
            the stream, under the provider's name. Where that order does not show what an item
            belongs to, the item must say so itself (for a tool call: its index).
    """

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: Sequence[ToolCallDelta] = ()
    finish_reason: FinishReason | None = None
    raw_finish_reason: str | None = None
    usage: Usage | None = None
    model: str | None = None
    warning: str | None = None
    text_was_reasoning: bool = False
    provider_data: Any = None


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The protocol's terminator; whatever follows is not part of the answer."""


@dataclass(frozen=True, slots=True)
class StreamFailure:
    """An error that the service reports inside the stream."""

    error: ProviderError


@dataclass(frozen=True, slots=True)
class StreamJunk:
    """Bytes of a stream that are not in the protocol; ``problem`` says why, in one clause."""

    problem: str


StreamEvent = Delta | StreamEnd | StreamFailure | StreamJunk


class StreamDecoder(Protocol):
    """Turns bytes into events; how the bytes are cut into pieces makes no difference."""

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes, return the events that they complete."""

    def flush(self) -> list[StreamEvent]:
        """Return the events that were still held back; called once, after the last bytes."""


@dataclass(frozen=True, slots=True)
class ModelPage:
    """One page of a model list; ``cursor`` leads to the next, ``None`` ends."""

    models: Sequence[ModelInfo]
    cursor: str | None = None


class Dialect(ABC):
    """How a service speaks: requests, answers, streams and errors of one wire protocol."""

    forbidden_sampling: ClassVar[frozenset[str]] = frozenset()
    """Sampling options that the wire rejects; they are dropped with a warning."""

    content_type: ClassVar[str] = "application/json"
    """Content type of a request's body."""

    stream_type: ClassVar[str | None] = None
    """Content type of a streamed response; ``None`` for server-sent events under any name.

    If set, a response with another Content-Type is read as one whole reply, usually an error;
    newline-delimited JSON may also be labelled ``application/json``. Of server-sent events and
    newline-delimited JSON, a body that starts with ``<`` is read as a whole reply too, and of
    server-sent events also one that starts with ``{`` or ``[``: services report errors that way.
    """

    @abstractmethod
    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the headers that carry the credential."""

    @abstractmethod
    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return the request for a chat call."""

    @abstractmethod
    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a successful reply.

        Raises:
            ProviderResponseError: the body is not an answer in this protocol.
            ProviderError: the body reports an error despite its status.
        """

    @abstractmethod
    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a fresh decoder for one stream."""

    @abstractmethod
    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return (not raise) the error that an unsuccessful reply means."""

    def served_by(self, headers: Mapping[str, str]) -> str | None:
        """Return the back end that answered, where the service names it."""
        return None

    def request_id(self, headers: Mapping[str, str]) -> str | None:
        """Return the service's id of the exchange."""
        return headers.get("x-request-id") or headers.get("request-id")

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        """Return a reduced call to try after this rejection, or ``None`` to give up.

        For example the same call without the request for usage, where a strict back end rejects
        that. ``include_usage=False`` is remembered for the model.
        """
        return None

    @abstractmethod
    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return the request for a page of the model list."""

    @abstractmethod
    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models in a successful reply.

        Raises:
            ProviderResponseError: the body is not a model list.
        """
