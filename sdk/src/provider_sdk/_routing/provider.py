"""The router as a provider: what ``ProviderRouter.as_provider`` returns."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from provider_sdk._base import CredentialRule
from provider_sdk._capabilities import CAPABILITIES, Capability
from provider_sdk._dialect import ChatCall
from provider_sdk._messages import Message, Messages, normalized
from provider_sdk._prepared import PreparedProvider
from provider_sdk._responses import ChatResponse
from provider_sdk._routing.engine import Engine
from provider_sdk._stream import ChatStream

if TYPE_CHECKING:
    from provider_sdk._models import ModelInfo


class RoutedProvider(PreparedProvider):
    """Answers each call with the provider that the router finds for a task.

    Closing it closes its router, and so all providers that the router has built.

    ``health_check`` is ``True`` if any provider that may be asked is healthy. The models are those
    of the provider that would answer now.

    Args:
        engine: that of its router.
        task: what the calls are made for.
        provider: the one provider to ask, ``None`` for whom variables, settings or chain name.
    """

    name = "router"
    credential: ClassVar[CredentialRule] = "none"
    # What a single provider cannot do, the router finds out when it looks for one to ask.
    capabilities: ClassVar[frozenset[Capability]] = CAPABILITIES

    def __init__(self, engine: Engine, task: str, provider: str | None = None) -> None:
        super().__init__()
        self._engine = engine
        self._task = task
        self._provider = provider

    def __repr__(self) -> str:
        return f"RoutedProvider(task={self._task!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a RoutedProvider belongs to its router and cannot be pickled")

    def require_open(self) -> None:
        """Raise ``ProviderError`` after the router was closed."""
        self._engine.candidates.require_open()

    def checked_messages(self, messages: Messages) -> tuple[Message, ...]:
        """Return the conversation; the provider that answers makes the state of turns its own."""
        return normalized(messages)

    def answer(self, call: ChatCall) -> Coroutine[Any, Any, ChatResponse | ChatStream]:
        """Return the answer of the provider that the router finds."""
        return self._engine.answer(call, self._task, self._provider)

    async def check_health(self) -> None:
        """Raise ``ProviderError`` unless a provider that may be asked is healthy."""
        await self._engine.check_health(self._task)

    async def fetch_models(self) -> list[ModelInfo]:
        """Return the models of the provider that would answer."""
        return await self._engine.fetch_models(self._task)

    async def aclose(self) -> None:
        """Close the router and all providers that it has built."""
        await self._engine.candidates.aclose()

    async def _found_model(self, call: ChatCall) -> str:
        return ""  # the provider that answers knows its default

    def _answer_in_time(self, call: ChatCall) -> Coroutine[Any, Any, ChatResponse | ChatStream]:
        # Each attempt keeps its share of the time, and the last fails with all that was tried.
        return self.answer(call)
