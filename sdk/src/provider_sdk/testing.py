"""A provider for the tests of applications: it answers from a script and sends nothing.

::

    from provider_sdk.testing import FakeProvider

    fake = FakeProvider("Blue.", ProviderRateLimitError("slow down", retry_after=3))
    assert await my_application(fake) == "The sky is blue."
    assert fake.calls[0].messages[-1].text == "What colour is the sky?"
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from provider_sdk._base import CredentialRule
from provider_sdk._capabilities import CAPABILITIES, Capability
from provider_sdk._dialect import ChatCall, Delta, StreamEnd, StreamEvent, StreamFailure
from provider_sdk._errors import ProviderError
from provider_sdk._messages import Message
from provider_sdk._prepared import PreparedProvider
from provider_sdk._responses import ChatResponse, ModelInfo
from provider_sdk._stream import ChatStream, ScriptedSource, events_of

__all__ = ["FakeCall", "FakeProvider", "Reply"]

_Answer = str | ChatResponse | Sequence[str | ProviderError]
Reply = _Answer | Exception
"""What the fake does when it is called: answer with a text or a ``ChatResponse``, raise an
exception, or answer with the texts of a list, one a chunk where the call streams. A
``ProviderError`` in a list is raised when the stream comes to it."""


@dataclass(frozen=True, slots=True)
class FakeCall:
    """A call that a ``FakeProvider`` answered, with copies of what it was given."""

    messages: tuple[Message, ...]
    model: str
    stream: bool
    options: Mapping[str, Any]


class FakeProvider(PreparedProvider):
    """Plays its replies one after the other and records the calls.

    It keeps the contract as a service's provider does: an unknown option is a ``TypeError``, what
    ``capabilities`` of its class leaves out is refused, a closed one raises ``ProviderError``.

    Args:
        replies: see ``Reply``. A call after the last is an ``AssertionError``, which no handler of
            provider errors hides.
        repeat: start again after the last reply.
        default_model: the model that answers when none is named.
        models: what ``list_models`` returns.
        healthy: what ``health_check`` returns.

    Attributes:
        calls: every ``FakeCall`` so far; refused calls are not among them.
    """

    name = "fake"
    credential: ClassVar[CredentialRule] = "none"
    capabilities: ClassVar[frozenset[Capability]] = CAPABILITIES - {"token_counting"}

    def __init__(
        self,
        *replies: Reply,
        repeat: bool = False,
        default_model: str = "fake-model",
        models: Sequence[str] = ("fake-model",),
        healthy: bool = True,
    ) -> None:
        super().__init__(default_model=default_model)
        self.calls: list[FakeCall] = []
        self.models = models
        self.healthy = healthy
        self._count = len(replies)
        self._replies = itertools.cycle(replies) if repeat else iter(replies)

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Answer with the next reply."""
        self.calls.append(FakeCall(call.messages, call.model, call.stream, {**call.options}))
        reply = self._next_reply()
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, ChatResponse) and not call.stream:
            return replace(reply, model=reply.model or call.model)
        stream = self._stream(reply, call.model)
        return await (stream.wait_first_event() if call.stream else stream.collect())

    async def check_health(self) -> None:
        """Raise unless ``healthy``."""
        if not self.healthy:
            raise ProviderError("the fake is not healthy")

    async def fetch_models(self) -> list[ModelInfo]:
        """Return ``models``."""
        return [ModelInfo(id) for id in self.models]

    def _next_reply(self) -> Reply:
        for reply in self._replies:
            return reply
        raise AssertionError(
            f"call {len(self.calls)} of the fake has no reply: it was given {self._count}; give it "
            "more, or repeat=True"
        )

    def _stream(self, reply: _Answer, model: str) -> ChatStream:
        facts = reply if isinstance(reply, ChatResponse) else ChatResponse()
        return ChatStream(
            ScriptedSource([event] for event in self._events(reply)),
            provider=self.name,
            model=model,
            served_by=facts.served_by,
            request_id=facts.request_id,
            warnings=facts.warnings,
            provider_data=facts.provider_data,
        )

    def _events(self, reply: _Answer) -> list[StreamEvent]:
        if isinstance(reply, ChatResponse):
            return events_of(reply)
        pieces = [reply] if isinstance(reply, str) else reply
        return [
            *(Delta(piece) if isinstance(piece, str) else StreamFailure(piece) for piece in pieces),
            Delta(finish_reason="stop", raw_finish_reason="stop"),
            StreamEnd(),
        ]
