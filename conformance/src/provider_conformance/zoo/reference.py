"""The reference, a provider that keeps every rule, and the base class of its mutants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar

from provider_sdk import (
    ChatResponse,
    ChatStream,
    Delta,
    EventSource,
    OpenAICompatibleProvider,
    StreamEvent,
)

from provider_conformance._harness import Harness
from provider_conformance.wires import OpenAIWire
from provider_conformance.zoo._sources import ChangedSource

Call = Callable[[], Awaitable[ChatResponse | ChatStream]]


class ReferenceProvider(OpenAICompatibleProvider):
    """Speaks OpenAI chat completions and keeps the contract."""

    name = "reference"
    base_url = "http://localhost:1/v1"
    base_url_env = "REFERENCE_BASE_URL"
    api_key_env = ("REFERENCE_API_KEY",)
    default_model = "reference/default"


class Mutable(ReferenceProvider):
    """The reference with methods for mutants to override, so that a mutant is a few lines.

    A mutant may override these, any method of the contract, or any class attribute. ``source`` is
    the class through which its streams read their events.
    """

    source: ClassVar[type[ChangedSource]] = ChangedSource

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Return the arguments with which to make a call."""
        return messages, model, stream, options

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Return the response to return to the caller of a call without streaming."""
        return response

    def delta(self, delta: Delta) -> Delta | None:
        """Return the delta to yield instead, ``None`` to drop it."""
        return delta

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Make a call; override it to do something before or after, or to call again."""
        return await call()

    async def chat(  # type: ignore[override]
        self, messages: Any, model: str | None = None, stream: bool = False, **options: Any
    ) -> ChatResponse | ChatStream:
        """Answer through the methods above."""
        return await self.around(lambda: self._changed_chat(messages, model, stream, options))

    async def _changed_chat(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> ChatResponse | ChatStream:
        messages, model, stream, options = self.asked(messages, model, stream, options)
        answer = await super().chat(messages, model, stream, **options)
        if isinstance(answer, ChatResponse):
            return self.answered(answer)
        answer.wrap_source(lambda source: self.source(_ChangedDeltas(source, self)))
        return answer


class _ChangedDeltas(ChangedSource):
    def __init__(self, inner: EventSource, provider: Mutable) -> None:
        super().__init__(inner)
        self._provider = provider

    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        changed = [self._provider.delta(e) if isinstance(e, Delta) else e for e in events]
        return [event for event in changed if event is not None]


HARNESS = Harness(ReferenceProvider, OpenAIWire())
