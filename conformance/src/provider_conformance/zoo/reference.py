"""The reference: a provider that keeps every rule, and the ground that mutants grow on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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


class ReferenceProvider(OpenAICompatibleProvider):
    """Speaks OpenAI chat completions and keeps the contract."""

    name = "reference"
    base_url = "http://localhost:1/v1"
    api_key_env = ("REFERENCE_API_KEY",)
    default_model = "reference/default"


class Mutable(ReferenceProvider):
    """The reference with seams, so that a mutant is a few lines.

    A mutant may override these, any method of the contract, or any class attribute.
    """

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        return messages, model, stream, options

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return response

    def delta(self, delta: Delta) -> Delta | None:
        """Change or drop a delta of a stream."""
        return delta

    def source(self, source: EventSource) -> EventSource:
        """Change where a stream gets its events."""
        return source

    async def chat(  # type: ignore[override]
        self, messages: Any, model: str | None = None, stream: bool = False, **options: Any
    ) -> ChatResponse | ChatStream:
        """Answer through the seams."""
        messages, model, stream, options = self.asked(messages, model, stream, options)
        answer = await super().chat(messages, model, stream, **options)
        if isinstance(answer, ChatResponse):
            return self.answered(answer)
        first = list(answer._pending)
        answer._pending.clear()
        answer._source = self.source(_ChangedSource(answer._source, first, self))
        return answer


class _ChangedSource:
    def __init__(
        self, source: EventSource, first: Sequence[StreamEvent] | None, provider: Mutable
    ) -> None:
        self._source = source
        self._first = first
        self._provider = provider

    async def read(self) -> Sequence[StreamEvent] | None:
        events, self._first = self._first or await self._source.read(), None
        return None if events is None else _changed(events, self._provider)

    async def drain(self) -> None:
        await self._source.drain()

    async def aclose(self) -> None:
        await self._source.aclose()


def _changed(events: Sequence[StreamEvent], provider: Mutable) -> list[StreamEvent]:
    changed = [provider.delta(e) if isinstance(e, Delta) else e for e in events]
    return [event for event in changed if event is not None]


HARNESS = Harness(ReferenceProvider, OpenAIWire())
