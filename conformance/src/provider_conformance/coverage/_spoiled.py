"""The reference provider, made to lose one form of one field."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from provider_sdk import (
    ChatChunk,
    ChatResponse,
    ChatStream,
    Health,
    Message,
    ModelInfo,
    ProviderError,
)

from provider_conformance.coverage._forms import Form, Spoil
from provider_conformance.coverage._rows import Asked, How, Row, Stage
from provider_conformance.zoo._router import RouterProvider

Passed = TypeVar("Passed")


def spoiled(row: Row, form: Form | None, how: How) -> type[RouterProvider]:
    """Return a provider that loses a form; with ``None`` one that goes the same way unharmed."""
    spoil: Spoil = (lambda value: value) if form is None else form.spoil

    class Spoiled(_Spoiled):
        stage, streamed = row.stage, how == "streamed"
        dialect = row.dialect

        @classmethod
        def change(cls, value: Any) -> Any:
            return row.change(value, spoil)

    return Spoiled


class _Spoiled(RouterProvider):
    """Changes what passes through it at one stage, in whole or in streamed calls."""

    stage: Stage
    streamed: bool

    @classmethod
    def change(cls, value: Any) -> Any:
        """Return the value of the stage with a form lost."""
        raise NotImplementedError

    @classmethod
    def changed_at(cls, stage: Stage, value: Passed) -> Passed:
        """Return the value, changed if this is the stage at which something is lost."""
        return cast("Passed", cls.change(value)) if stage == cls.stage else value

    async def chat(  # type: ignore[override]
        self, messages: Any, model: str | None = None, stream: bool = False, **options: Any
    ) -> ChatResponse | _SpoiledStream | ChatStream:
        """Answer; calls of the other kind are left alone."""
        if stream != self.streamed:
            return await super().chat(messages, model, stream, **options)
        if self.stage == "call":
            asked = self.change(Asked(_as_dicts(messages), model, options))
            messages, model, options = asked.messages, asked.model, asked.options
        try:
            answer = await super().chat(messages, model, stream, **options)
        except ProviderError as error:
            raised = self.changed_at("error", error)
        else:
            if isinstance(answer, ChatResponse):
                return self.changed_at("response", answer)
            return _SpoiledStream(answer, self)
        raise raised

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Complete a prompt."""
        text = await super().complete(prompt, model, **options)
        return self.changed_at("text", text)

    async def list_models(self) -> list[str]:
        """List the models."""
        try:
            return self.changed_at("ids", await super().list_models())
        except ProviderError as error:
            raised = self.changed_at("list error", error)
        raise raised

    async def describe_models(self) -> list[ModelInfo]:
        """Describe the models."""
        return self.changed_at("models", await super().describe_models())

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Probe the service."""
        return cls.changed_at("health", await super().probe(**config))


class _SpoiledStream:
    """A stream whose chunks, response and errors are changed by a provider."""

    def __init__(self, inner: ChatStream, provider: _Spoiled) -> None:
        self._inner = inner
        self._provider = provider

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._inner.__aexit__(kind, error, trace)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChatChunk:
        try:
            chunk = await self._inner.__anext__()
        except ProviderError as error:
            raised = self._provider.changed_at("stream error", error)
        else:
            return self._provider.changed_at("chunk", chunk)
        raise raised

    @property
    def response(self) -> ChatResponse:
        """The whole answer."""
        return self._provider.changed_at("response", self._inner.response)

    @property
    def partial(self) -> ChatResponse:
        """What has arrived so far."""
        return self._inner.partial

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()


def _as_dicts(messages: Sequence[Any]) -> list[dict[str, Any]]:
    return [m.to_dict() if isinstance(m, Message) else dict(m) for m in messages]
