"""The calls that are recorded, and the facts that are kept of their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provider_sdk import BaseProvider, Capability, ChatResponse, ProviderError

from provider_conformance.lab import payload

_MAX_TOKENS = 64
_WEATHER = payload.tool("get_weather", "city")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One call, small enough to cost next to nothing.

    Attributes:
        prompt: the user's message; ``None`` lists the models instead.
        stream: whether to stream.
        options: options of the call.
        model: the model to call instead of the one that is recorded.
        needs: capabilities without which the call is not recorded.
    """

    name: str
    prompt: str | None
    stream: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None
    needs: tuple[Capability, ...] = ()

    async def perform(self, provider: BaseProvider, model: str) -> dict[str, Any]:
        """Make the call; return the facts of the response or of the error."""
        try:
            return await self._make_call(provider, self.model or model)
        except ProviderError as error:
            return {"error": type(error).__name__, "message": error.message}

    async def _make_call(self, provider: BaseProvider, model: str) -> dict[str, Any]:
        if self.prompt is None:
            return {"models": await provider.list_models()}
        messages = [{"role": "user", "content": self.prompt}]
        if not self.stream:
            return facts_of(await provider.chat(messages, model, **self.options))
        async with await provider.chat(messages, model, stream=True, **self.options) as stream:
            texts = [chunk.text async for chunk in stream]
        return {**facts_of(stream.response), "joined": "".join(texts)}


def facts_of(response: ChatResponse) -> dict[str, Any]:
    """Return the facts of a response, as plain JSON types."""
    kept = response.to_dict()
    names = ("text", "reasoning", "refusal", "tool_calls", "finish_reason", "usage", "model")
    return {name: kept[name] for name in names}


def _scenarios() -> tuple[Scenario, ...]:
    few = {"max_tokens": _MAX_TOKENS}
    tools = {**few, "tools": [_WEATHER], "tool_choice": "required"}
    question, task = "Name three colours.", "What is the weather in Oslo?"
    return (
        Scenario("chat", question, options=few),
        Scenario("stream", question, stream=True, options=few, needs=("streaming",)),
        Scenario("length", question, options={"max_tokens": 2}),
        Scenario("tools", task, options=tools, needs=("tools",)),
        Scenario("tools-stream", task, stream=True, options=tools, needs=("tools", "streaming")),
        Scenario("unknown-model", question, options=few, model="conformance/no-such-model"),
        Scenario("models", None, needs=("model_listing",)),
    )


SCENARIOS: Mapping[str, Scenario] = {scenario.name: scenario for scenario in _scenarios()}
"""All scenarios, by name."""
