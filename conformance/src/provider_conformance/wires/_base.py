"""The base class of wires."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from provider_sdk import ModelInfo

from provider_conformance.wires._answer import Answer, Failure, Frame, SeenChat
from provider_conformance.wires._documented import Documented
from provider_conformance.wires._framing import Framing
from provider_conformance.wires._script import Reply, SeenRequest
from provider_conformance.wires._traits import Traits
from provider_conformance.wires._values import json_values

Route = Literal["chat", "models", "token", "other"]
"""What a request is for; ``token`` is an endpoint that only checks a credential."""


class Wire(ABC):
    """One protocol from the service's side: pure functions that decode requests and encode replies.

    Attributes:
        base_path: what follows the service's address in the provider's ``base_url``.
        public_models: whether the model list needs no credential.
        request_type: the content type of a chat call.
        stream_type: the content type of a stream.
        traits: what the protocol can express, as far as checks must know.
        documented: what the service is documented to send and no recording shows;
            ``provider-conformance wire`` names everything else that is in no recording.
    """

    base_path: str = ""
    public_models: bool = False
    request_type: str = "application/json"
    stream_type: str = "text/event-stream"
    traits: Traits = Traits()
    documented: Sequence[Documented] = ()

    @abstractmethod
    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""

    @abstractmethod
    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the credential in a request, or ``None``."""

    @abstractmethod
    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request, decoded into the contract's terms.

        Raises:
            ValueError: the request is not valid in the protocol; the message says why.
        """

    @abstractmethod
    def whole(self, answer: Answer) -> Reply:
        """Return the reply to a call without streaming."""

    @abstractmethod
    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return the events of a streamed answer.

        The finish reason has the kind ``finish``, the terminator the kind ``end``. If one event is
        both, it has one of these kinds, and no event has the other.
        """

    @abstractmethod
    def failure(self, failure: Failure) -> Reply:
        """Return an error reply."""

    @abstractmethod
    def failure_frame(self, failure: Failure) -> Frame:
        """Return an error inside a stream, of kind ``end``."""

    def failed_answer(self, failure: Failure) -> Reply | None:
        """Return a successful reply, status 200, which says in its body that the answer failed.

        ``None`` if the protocol has no such reply.
        """
        return None

    @abstractmethod
    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a model list, or the page of it that was asked for.

        In a protocol with pages, return at most 100 models, whatever page size was requested, so
        that the kit's long list takes several pages.
        """

    def described(self, models: Sequence[ModelInfo], request: SeenRequest) -> Reply:
        """Return a model list that says what is known of each model, as far as it can.

        Required if the traits have ``model_facts``.
        """
        return self.models([model.id for model in models], request)

    def endless_models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a page of a model list that names itself as the next page.

        In a protocol without pages, return the whole list.
        """
        return self.models(ids, request)

    def account(self) -> Reply:
        """Return the reply of the token endpoint to a valid credential.

        Required if ``route`` ever returns ``"token"``.
        """
        raise NotImplementedError

    def junk(self, text: str) -> bytes:
        """Return bytes that hold a text and are not an event of the protocol."""
        return f"<html>{text}</html>\n\n".encode()

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return other ways to encode the events of a stream that mean the same."""
        return ()

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return events that may come anywhere in a streamed answer and carry no content."""
        return ()

    def values(self, body: bytes) -> Iterable[Any]:
        """Return a recorded reply decoded into plain JSON types; ``drift`` compares their shapes.

        By default, the JSON values that the body or its lines hold.
        """
        return json_values(body)

    def stream(self, frames: Sequence[Frame]) -> Reply:
        """Return a streamed reply of these events, one write each."""
        return Reply(
            headers={"content-type": self.stream_type},
            steps=tuple(frame.data for frame in frames),
            streamed=True,
        )
