"""A provider for the tests of applications: it answers from a script and sends nothing.

::

    from provider_sdk.testing import FakeProvider

    fake = FakeProvider("Blue.", ProviderRateLimitError("slow down", retry_after=3))
    assert await my_application(fake) == "The sky is blue."
    assert fake.calls[0].messages[-1].text == "What colour is the sky?"
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Unpack, overload

from provider_sdk._base import BaseProvider, CredentialRule
from provider_sdk._capabilities import CAPABILITIES, Capability
from provider_sdk._dialect import Delta, StreamEnd, StreamEvent, StreamFailure
from provider_sdk._errors import ProviderError
from provider_sdk._messages import Message, Messages, normalized, question
from provider_sdk._options import ChatOptions, checked_options
from provider_sdk._requirements import check_supported, chosen_model, unsupported
from provider_sdk._responses import ChatResponse
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


class FakeProvider(BaseProvider):
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
        self.calls: list[FakeCall] = []
        self.default_model = default_model
        self.models = models
        self.healthy = healthy
        self._count = len(replies)
        self._replies = itertools.cycle(replies) if repeat else iter(replies)
        self._closed = False

    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: Literal[False] = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse: ...
    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        *,
        stream: Literal[True],
        **options: Unpack[ChatOptions],
    ) -> ChatStream: ...
    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream: ...
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream:
        """Answer with the next reply; see ``BaseProvider.chat``."""
        self._require_open()
        checked = checked_options(options)
        conversation = normalized(messages)
        check_supported(self, conversation, checked, stream=stream)
        name = chosen_model(self, model, self.default_model)
        self.calls.append(FakeCall(conversation, name, stream, dict(checked)))
        reply = self._next_reply()
        if isinstance(reply, Exception):
            raise self._described(reply, name) if isinstance(reply, ProviderError) else reply
        if isinstance(reply, ChatResponse) and not stream:
            return replace(reply, model=reply.model or name)
        answer = self._stream(reply, name)
        return await (answer.wait_first_event() if stream else answer.collect())

    async def complete(
        self, prompt: str, model: str | None = None, **options: Unpack[ChatOptions]
    ) -> str:
        """Answer with the text of the next reply; see ``BaseProvider.complete``."""
        checked = checked_options(options)
        response = await self.chat(question(prompt), model, **checked)
        return response.text or response.refusal or ""

    async def health_check(self) -> bool:
        """Return ``healthy``."""
        self._require_open()
        return self.healthy

    async def list_models(self) -> list[str]:
        """Return ``models``."""
        self._require_open()
        if "model_listing" not in self.capabilities:
            raise unsupported(self, "model_listing", "a model list")
        return list(self.models)

    async def aclose(self) -> None:
        """Close it; afterwards every call raises ``ProviderError``."""
        self._closed = True

    def _require_open(self) -> None:
        if self._closed:
            raise ProviderError(
                f"this {type(self).__name__} is closed", provider=self.name, hint="Build a new one."
            )

    def _next_reply(self) -> Reply:
        try:
            return next(self._replies)
        except StopIteration:
            pass  # raised below, so that the error carries no context
        raise AssertionError(
            f"call {len(self.calls)} of the fake has no reply: it was given {self._count}; give it "
            "more, or repeat=True"
        )

    def _stream(self, reply: _Answer, model: str) -> ChatStream:
        facts = reply if isinstance(reply, ChatResponse) else ChatResponse()
        return ChatStream(
            ScriptedSource([event] for event in self._events(reply, model)),
            provider=self.name,
            model=model,
            served_by=facts.served_by,
            request_id=facts.request_id,
            warnings=facts.warnings,
            provider_data=facts.provider_data,
        )

    def _events(self, reply: _Answer, model: str) -> Iterator[StreamEvent]:
        if isinstance(reply, ChatResponse):
            yield from events_of(reply)
            return
        for piece in [reply] if isinstance(reply, str) else reply:
            if isinstance(piece, str):
                yield Delta(piece)
            else:
                yield StreamFailure(self._described(piece, model))
        yield Delta(finish_reason="stop", raw_finish_reason="stop")
        yield StreamEnd()

    def _described(self, error: ProviderError, model: str) -> ProviderError:
        error.provider = error.provider or self.name
        error.model = error.model or model
        return error
