"""What a wire protocol is to the SDK: pure functions, no I/O.

A ``Dialect`` turns a ``ChatCall`` into an ``HttpRequest``, and an ``HttpReply`` into a
``ChatResponse``. Its ``StreamDecoder`` turns the bytes of a stream into events. Because nothing
here touches a network, a dialect is tested and fuzzed with plain values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import msgspec

from provider_sdk._errors import ProviderError, ProviderRequestError
from provider_sdk._json import with_mended_texts
from provider_sdk._messages import Message
from provider_sdk._options import ChatOptions
from provider_sdk._responses import ChatResponse, FinishReason, ToolCallDelta
from provider_sdk._timeouts import NO_DEADLINE, Deadline
from provider_sdk._usage import Usage

if TYPE_CHECKING:
    from provider_sdk._models import ModelPage


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A checked chat call, with everything that belongs to it until it is answered.

    Attributes:
        model: the model to ask.
        messages: the conversation as ``Message`` objects, at least one.
        options: the options that are set; each is valid, and the provider can send it.
        stream: whether the answer is to arrive piece by piece.
        include_usage: whether a stream requests token usage. If the service rejects that, the call
            is repeated without it.
        provider: the name under which ``provider_data`` keeps this provider's state, in the
            messages of the call and in the answer.
        notes: what was changed before the call was sent, one sentence each; they become warnings
            of the answer.
        deadline: when the call must be answered (a stream: must have begun).
        learned: what rejections taught of this model. ``Dialect.relax`` adds to it, by names of its
            own, what the caller did not ask for: so it never counts as an option.
    """

    model: str
    messages: tuple[Message, ...]
    options: ChatOptions
    stream: bool = False
    include_usage: bool = True
    provider: str = ""
    notes: tuple[str, ...] = ()
    deadline: Deadline = NO_DEADLINE
    learned: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request. A dialect leaves the credential out; ``HttpProvider`` adds it.

    Attributes:
        method: the HTTP method, such as ``"POST"``.
        path: what is appended to the base URL, with a query if there is one.
        body: the body; ``None`` without one.
        headers: further headers, such as ``accept``.
        base_url: another base URL for this request; ``None`` for the provider's own.
    """

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_url: str | None = None


def json_body(value: Any) -> bytes:
    """Return a value as the JSON body of a request.

    A half character, which models write in arguments of tools, becomes U+FFFD.

    Raises:
        ProviderRequestError: the value holds something that JSON cannot express.
    """
    try:
        try:
            return msgspec.json.encode(value)
        except UnicodeEncodeError:
            return msgspec.json.encode(with_mended_texts(value))
    except (TypeError, ValueError, RecursionError) as error:
        problem = str(error)
    raise ProviderRequestError(f"the request cannot be written as JSON: {problem}")


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An HTTP response, read to its end.

    Attributes:
        status: the HTTP status.
        headers: names are in lower case.
        body: the whole body, decompressed.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpExchange(Protocol):
    """An HTTP response whose head has arrived and whose body is still to be read.

    Attributes:
        status: the HTTP status.
        headers: names are in lower case.
    """

    status: int
    headers: Mapping[str, str]

    async def read(self) -> bytes | None:
        """Return the next bytes of the body, ``None`` at its end.

        Raises:
            ProviderResponseError: the connection broke, or the content encoding is broken.
        """

    async def peek(self) -> bytes:
        """Return the beginning of the body, without leading whitespace and byte order mark.

        ``read`` returns these bytes again. Empty if the body is empty, or begins with 64 KiB of
        whitespace. A connection that breaks meanwhile is reported by ``read``.
        """

    async def read_all(self, limit: int) -> bytes:
        """Return the whole body.

        Raises:
            ProviderResponseError: as ``read``, or the body has more than ``limit`` bytes.
        """

    async def drain(self) -> None:
        """Read what is left of the body, if it is short, to use the connection again."""

    async def aclose(self) -> None:
        """Release the connection; further calls do nothing."""


@dataclass(slots=True)
class Delta:
    """What one event of the wire adds to the answer.

    Attributes:
        text: more of the answer's text.
        reasoning: more of the model's reasoning.
        refusal: more of the text of a refusal.
        tool_calls: fragments of tool calls.
        finish_reason: why the answer ended, in the contract's word.
        raw_finish_reason: the service's own word for it.
        usage: token counts so far; the last report counts.
        model: the model that answers, as the service names it.
        warning: one sentence about something odd in the event.
        text_was_reasoning: whether all text so far was reasoning, because a ``</think>`` came
            without ``<think>``.
        provider_data: opaque JSON that the next turn must send back, such as the signature of
            this text or call. The answer's message keeps all of them under the provider's name,
            as a list in the order of the stream. If that order does not show what an item belongs
            to, the item must say so itself (for a tool call: its index).
            What a caller's own dict said of a turn is one more item (``Message.own_state``).
        text_was_refusal: whether all text so far was a refusal, because the service says so only
            at the end. Counts beside a finish reason.
        provider_data_was_partial: whether what this delta carries, perhaps nothing, replaces all
            ``provider_data`` so far, because more of the answer came after it.
        request_id: the service's id of the exchange, if the stream names it and not the headers.
        may_go_on: whether more of the answer may follow the finish reason, so that what is left
            is not only given a moment to come.
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
    text_was_refusal: bool = False
    provider_data_was_partial: bool = False
    request_id: str | None = None
    may_go_on: bool = False


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The protocol's terminator; whatever follows is not part of the answer."""


@dataclass(frozen=True, slots=True)
class StreamFailure:
    """An error that the service reports inside the stream.

    Attributes:
        error: what the stream raises.
    """

    error: ProviderError


@dataclass(frozen=True, slots=True)
class StreamJunk:
    """Bytes of a stream that are not valid in the protocol.

    Attributes:
        problem: why not, in one clause.
    """

    problem: str


StreamEvent = Delta | StreamEnd | StreamFailure | StreamJunk
"""One event of a stream, as a decoder returns it."""


class StreamDecoder(Protocol):
    """Turns bytes into events, which must not depend on how the bytes are cut into pieces."""

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes; return the events that they complete."""

    def flush(self) -> list[StreamEvent]:
        """Return the events that were still held back; called once, after the last bytes."""


class Dialect(ABC):
    """How a service speaks: requests, answers, streams and errors of one wire protocol."""

    forbidden_sampling: ClassVar[frozenset[str]] = frozenset()
    """Sampling options that the wire rejects; they are dropped with a warning."""

    content_type: ClassVar[str] = "application/json"
    """Content type of a request's body."""

    stream_type: ClassVar[str | None] = None
    """Content type of a streamed response; ``None`` for server-sent events with any content type.

    If set, a response with another content type is read as one whole reply, usually an error; but
    newline-delimited JSON may also be labelled ``application/json``. Services send errors with the
    stream's content type too, so the first character of the body counts as well: server-sent events
    that begin with ``<``, ``{`` or ``[``, and newline-delimited JSON that begins with ``<``, are
    read as one whole reply.
    """

    array_streams: ClassVar[bool] = False
    """Whether the service may stream its answer as one JSON array.

    If so, a response that begins with ``[`` is read by the decoder, and not as one whole reply.
    """

    @abstractmethod
    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the headers that carry the credential; called once, when a provider is built."""

    @abstractmethod
    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return the request for a chat call; called for each attempt.

        ``call.options`` has only what the caller set. Send all of it, and add no defaults; the
        fields of ``extra_body`` replace those of the body.

        Raises:
            ProviderRequestError: something cannot be written in this protocol.
            UnsupportedCapabilityError: the protocol has no way to express it.
        """

    @abstractmethod
    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer in a reply with a successful status.

        Raises:
            ProviderResponseError: the body is not an answer in this protocol.
            ProviderError: the body reports an error despite its status.
        """

    @abstractmethod
    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a new decoder for one stream; what belongs to the stream is kept there."""

    @abstractmethod
    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return (not raise) the error that a reply with an error status means.

        It has the service's own message, and a ``hint`` that says what to do. ``HttpProvider``
        adds the rest: status, ``request_id``, ``served_by`` and the wait that headers ask for.
        """

    def served_by(self, headers: Mapping[str, str]) -> str | None:
        """Return the back end that answered, ``None`` if the service does not name it."""
        return None

    def request_id(self, headers: Mapping[str, str]) -> str | None:
        """Return the service's id of the exchange, ``None`` if it sent none."""
        return headers.get("x-request-id") or headers.get("request-id")

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        """Return a reduced call to try after this rejection, or ``None`` to raise it.

        For example, the call without the request for usage, if a strict back end rejects that.
        After a call with ``include_usage=False``, no later stream of that model requests usage.
        If the reduced call is rejected too, this is asked again, so it must return ``None`` at
        last. What it learned belongs in ``call.learned``.
        """
        return None

    @abstractmethod
    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return the request for a page of the model list.

        Args:
            cursor: that of the page before; ``None`` for the first page.
        """

    @abstractmethod
    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models in a reply with a successful status.

        Raises:
            ProviderResponseError: the body is not a model list.
        """
