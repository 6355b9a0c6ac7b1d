"""Mutants that CHAT must kill for what they lose of rich answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import ChatResponse, ChatStream, Delta, StreamEvent

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo._sources import ChangedSource
from provider_conformance.zoo.mutants.stream import Filter, Restreaming
from provider_conformance.zoo.reference import Call, Mutable


@mutant("PC-CHAT-060", "text of the whole answer")
class CallsInsteadOfText(Mutable):
    """Takes an answer that calls tools and thinks for one that says nothing."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return (
            replace(response, text="") if response.tool_calls and response.reasoning else response
        )


@mutant("PC-CHAT-060", "usage of the whole answer")
class RefusalHasNoUsage(Mutable):
    """Reads nothing else of an answer that refuses."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, usage=None) if response.refusal else response


@mutant("PC-CHAT-061", "the state that comes back with the whole answer as a message")
class ForgetsState(Mutable):
    """Has no place for what the service needs back."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, provider_data={})


class _Stateless(Filter):
    def event(self, event: Any) -> list[Any]:
        return [replace(event, provider_data=None)] if isinstance(event, Delta) else [event]


@mutant("PC-CHAT-061", "the state that comes back with the streamed answer as a message")
class ForgetsStreamedState(Mutable):
    """Carries the state of whole answers only."""

    source = _Stateless


@mutant("PC-CHAT-061", "as a message")
class WritesStateAnew(Mutable):
    """Changes the state on its way, as one that parses and prints it does."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        text = json.dumps(response.provider_data).replace("=", "")
        return replace(response, provider_data=json.loads(text))


@mutant("PC-CHAT-061", "the state sent of another provider's whole answer: None")
class TakesAnyState(Mutable):
    """Sends the state of whichever provider it finds."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        return [self._claimed(message) for message in messages], model, stream, options

    def _claimed(self, message: Any) -> Any:
        data = message.get("provider_data") if isinstance(message, dict) else None
        found = list((data or {}).values())
        return {**message, "provider_data": {self.name: found[0]}} if found else message


class _Shared(ChatStream):
    last: ClassVar[Any] = None

    @property
    def response(self) -> ChatResponse:
        return replace(super().response, request_id=self.last)


@mutant("PC-CHAT-062", "request_id of the streamed answer")
class LastRequestCounts(Restreaming):
    """Keeps the id of the last exchange on the provider."""

    kind = _Shared

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Change what comes of a call."""
        answer = await super().around(call)
        named = answer.partial if isinstance(answer, ChatStream) else answer
        _Shared.last = named.request_id
        return answer


@mutant("PC-CHAT-063", "the text of complete()")
class CompletesWithThoughts(Mutable):
    """Returns the reasoning too if a prompt is completed."""

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Complete a prompt."""
        response = await self.chat([{"role": "user", "content": prompt}], model, **options)
        assert isinstance(response, ChatResponse)
        return f"{response.reasoning or ''}{response.text}"


@mutant("PC-CHAT-064", "reasoning and text of the whole answer")
class UnclosedThinkingIsText(Mutable):
    """Takes thinking that the limit cut for the answer."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        if response.text or response.finish_reason != "length":
            return response
        return replace(response, text=response.reasoning or "", reasoning=None)


class _ShowsThoughts(ChangedSource):
    def changed(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        for event in events:
            if isinstance(event, Delta):
                event.text_was_reasoning = False
        return events


@mutant("PC-CHAT-064", "reasoning and text with a closing tag that nothing opened, streamed")
class LeavesThoughtsInStreams(Mutable):
    """Leaves in the text of a stream what turns out to be thinking at its end."""

    source = _ShowsThoughts


@mutant("PC-CHAT-019", "raw_finish_reason of the whole answer")
class LowersUnknownWords(Mutable):
    """Writes the service's word for the end in small letters."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, raw_finish_reason=(response.raw_finish_reason or "").lower())
