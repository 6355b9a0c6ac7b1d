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
from provider_sdk._usage import Usage


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A checked chat call: messages are normalized, options known and allowed.

    ``include_usage`` asks a stream for token usage; a service that rejects the wish gets the call
    again without it. ``provider`` is the name under which ``provider_data`` keeps the state of
    this provider, in the messages of a call and in the answer.
    """

    model: str
    messages: tuple[Message, ...]
    options: ChatOptions
    stream: bool = False
    include_usage: bool = True
    provider: str = ""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request without credential.

    ``path`` continues the provider's base URL, or ``base_url`` for another host of the service.
    """

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
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


@dataclass(slots=True)
class Delta:
    """What one event of the wire says.

    ``text_was_reasoning`` reports that all text so far belongs to the reasoning (a ``</think>``
    that was never opened).

    ``provider_data`` is opaque JSON that the next turn must carry back, such as the signature of
    the text, the reasoning or the call in the same delta. That of the answer is the list of all,
    in the order of the stream, under the provider's name. An item says itself what it belongs to,
    as far as its order does not: a call by its index, reasoning by its words.
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
    """The service reports an error inside the stream."""

    error: ProviderError


@dataclass(frozen=True, slots=True)
class StreamJunk:
    """Bytes that are not in the protocol."""

    problem: str


StreamEvent = Delta | StreamEnd | StreamFailure | StreamJunk


class StreamDecoder(Protocol):
    """A push machine from bytes to events, indifferent to how the bytes are cut."""

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes, return the events that they complete."""

    def flush(self) -> list[StreamEvent]:
        """The bytes have ended: return what was still held back."""


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
    """What the body of a request is."""

    stream_type: ClassVar[str | None] = None
    """What a streamed answer is; one that says that it is something else is read whole.

    Without it a stream is server-sent events, whatever it calls itself. Of these, as of lines of
    JSON, what begins like a page of HTML is read whole, and of events also what begins like JSON:
    services send errors so. Lines of JSON may call themselves ``application/json``.
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
        """Return a more modest call that this rejection leaves possible, if there is one."""
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
