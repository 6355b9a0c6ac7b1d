"""A stream that is not a ``ChatStream``, for right providers to change."""

from __future__ import annotations

from types import TracebackType
from typing import Any, ClassVar, Self, cast

from provider_sdk import ChatChunk, ChatResponse, ChatStream

from provider_conformance.zoo.reference import Call, Mutable


class OwnStream:
    """Passes on what a ``ChatStream`` yields, without being one."""

    __slots__ = ("__weakref__", "inner")

    def __init__(self, inner: ChatStream) -> None:
        self.inner = inner

    @property
    def response(self) -> ChatResponse:
        """The whole answer."""
        return self.inner.response

    @property
    def partial(self) -> ChatResponse:
        """The answer as far as it has arrived and was read."""
        return self.inner.partial

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChatChunk:
        return await anext(self.inner)

    async def aclose(self) -> None:
        """Close the connection."""
        await self.inner.aclose()

    async def collect(self) -> ChatResponse:
        """Read to the end and return the whole answer."""
        async for _ in self:
            pass
        return self.response

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


class WithOwnStreams(Mutable):
    """Returns streams of the class ``streams``."""

    streams: ClassVar[type[OwnStream]] = OwnStream

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Put a stream into an own one."""
        answer: Any = await call()
        if isinstance(answer, ChatResponse):
            return answer
        return cast("ChatStream", self.streams(answer))
