"""The port that a protocol implements to be spoken by the scripted service."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from provider_conformance.wires._answer import Answer, Failure, Frame, SeenChat
from provider_conformance.wires._framing import Framing
from provider_conformance.wires._script import Reply, SeenRequest
from provider_conformance.wires._traits import Traits
from provider_conformance.wires._values import json_values

Route = Literal["chat", "models", "token", "other"]
"""What a request is for; ``token`` is an endpoint that does nothing but check a credential."""


class Wire(ABC):
    """One protocol, seen from the service's side: pure functions between answers and bytes.

    Attributes:
        base_path: what follows the service's address in the provider's ``base_url``.
        public_models: whether the service hands out its model list without a credential.
        stream_type: the content type of a streamed answer.
        traits: what the protocol can say beyond what all can.
    """

    base_path: str = ""
    public_models: bool = False
    stream_type: str = "text/event-stream"
    traits: Traits = Traits()

    @abstractmethod
    def route(self, request: SeenRequest) -> Route:
        """Return what a request is for."""

    @abstractmethod
    def credential_of(self, request: SeenRequest) -> str | None:
        """Return the credential that a request carries."""

    @abstractmethod
    def read_chat(self, request: SeenRequest) -> SeenChat:
        """Return a chat request in the contract's words.

        Raises:
            ValueError: the request is not in the protocol; the message says why.
        """

    @abstractmethod
    def whole(self, answer: Answer) -> Reply:
        """Return the answer to a call without streaming."""

    @abstractmethod
    def frames(self, answer: Answer, chat: SeenChat) -> Sequence[Frame]:
        """Return the events of a streamed answer.

        The finish reason is of kind ``finish``, the terminator of kind ``end``. A protocol whose
        last event is both gives it one of these kinds, and has no event of the other.
        """

    @abstractmethod
    def failure(self, failure: Failure) -> Reply:
        """Return an error reply."""

    @abstractmethod
    def failure_frame(self, failure: Failure) -> Frame:
        """Return an error inside a stream, of kind ``end``."""

    @abstractmethod
    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a model list, or the page of it that was asked for.

        A protocol with pages hands out at most 100 models at once, whatever was asked, so that
        the kit's long list takes several.
        """

    def endless_models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        """Return a page of a model list whose last page names a next one, itself.

        In a protocol without pages: the whole list, whatever was asked.
        """
        return self.models(ids, request)

    def account(self) -> Reply:
        """Return the answer of the token endpoint to a good credential.

        Only a wire whose ``route`` ever says ``token`` has one.
        """
        raise NotImplementedError

    def junk(self, words: str) -> bytes:
        """Return bytes with these words that are no event of the protocol."""
        return f"<html>{words}</html>\n\n".encode()

    def framings(self, events: Sequence[bytes]) -> Sequence[Framing]:
        """Return other ways to write the events of a stream, which mean the same."""
        return ()

    def noise(self, answer: Answer) -> Sequence[Frame]:
        """Return events that may stand anywhere in a streamed answer and say nothing."""
        return ()

    def values(self, body: bytes) -> Iterable[Any]:
        """Return what a recorded reply says as plain JSON types; ``drift`` compares their shapes.

        By itself the JSON that the body or its lines hold.
        """
        return json_values(body)

    def stream(self, frames: Sequence[Frame]) -> Reply:
        """Return a streamed reply of these events, one write each."""
        return Reply(
            headers={"content-type": self.stream_type},
            steps=tuple(frame.data for frame in frames),
            streamed=True,
        )
