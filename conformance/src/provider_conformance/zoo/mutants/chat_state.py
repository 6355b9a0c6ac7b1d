"""Mutants that CHAT must kill for what they keep from one call to another."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from provider_sdk import ChatResponse, ChatStream, Delta, ToolCall

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.chat_request import Rewriting
from provider_conformance.zoo.reference import Call, Mutable


@mutant("PC-CHAT-014", "messages of the second call")
class RemembersConversations(Rewriting):
    """Sends what earlier calls said before what this one says."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._history: list[Any] = []

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        self._history += messages
        return list(self._history)


@mutant("PC-CHAT-031", "answers in the order of the calls")
class KeepsCallOnSelf(Mutable):
    """Builds the request in attributes, where the next call overwrites it."""

    async def chat(
        self, messages: Any, model: str | None = None, stream: bool = False, **o: Any
    ) -> Any:
        """Ask what was last put there."""
        self._messages = messages
        await asyncio.sleep(0)
        return await super().chat(self._messages, model, stream, **o)


@mutant("PC-CHAT-031", "answers in the order of the calls")
class KeepsAnswerOnSelf(Mutable):
    """Puts the answer into an attribute, and looks at it later."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Answer with what is there in the end."""
        self._answer = await call()
        await asyncio.sleep(0.2)
        return self._answer


@mutant("PC-CHAT-034", "tool_calls of the next whole answer: []")
class KeepsCalls(Mutable):
    """Gathers the calls of all answers in one list."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._calls: list[ToolCall] = []

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        self._calls += response.tool_calls
        return replace(response, tool_calls=tuple(self._calls))


@mutant("PC-CHAT-034", "reasoning of the next streamed answer: None")
class KeepsReasoning(Mutable):
    """Begins a stream with what was thought in the one before."""

    thought = ""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        if delta.finish_reason and not delta.reasoning:
            return replace(delta, reasoning=self.thought)
        self.thought = delta.reasoning or self.thought
        return delta


@mutant("PC-CHAT-035", "text of the second answer to one question")
class CachesAnswers(Mutable):
    """Answers from memory what it was asked before."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._known: dict[str, ChatResponse] = {}

    async def _changed_chat(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> ChatResponse | ChatStream:
        question = repr((messages, model, stream, options))
        if known := self._known.get(question):
            return known
        answer = await super()._changed_chat(messages, model, stream, options)
        if isinstance(answer, ChatResponse):
            self._known[question] = answer
        return answer


@mutant("PC-CHAT-036", "requests of twelve calls at once: 12")
class CallsInTurn(Mutable):
    """Lets one call in at a time."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._turn = asyncio.Lock()

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Wait for the turn."""
        async with self._turn:
            return await call()
