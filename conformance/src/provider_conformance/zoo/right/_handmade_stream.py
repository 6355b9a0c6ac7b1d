"""The stream of a handmade provider: it decodes, adds up and closes by itself."""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, NoReturn, Protocol, Self

from provider_sdk import (
    ChatCall,
    ChatChunk,
    ChatResponse,
    Delta,
    ProviderError,
    ProviderResponseError,
    StreamDecoder,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamInterruptedError,
    StreamTimeoutError,
    ToolCall,
)

_IDLE_S = 60.0
_REST_S = 2.0
_DRAIN_S = 0.2
_MOST_CHARACTERS = 64 * 1024 * 1024


class Body(Protocol):
    """The body of an answer."""

    async def read(self) -> bytes | None:
        """Return the next bytes, ``None`` at the end."""

    async def aclose(self) -> None:
        """Close the connection."""


class _Sum:
    """The answer so far."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.refusal: list[str] = []
        self.calls: dict[int, list[Any]] = {}
        self.state: list[Any] = []
        self.warnings: list[str] = []
        self.facts: dict[str, Any] = {}
        self.size = 0

    def add(self, delta: Delta) -> None:
        """Add a delta."""
        if delta.text_was_reasoning:
            self.reasoning, self.text = [*self.reasoning, *self.text], []
        if delta.text_was_refusal:
            self.refusal, self.text = [*self.refusal, *self.text, delta.text], []
        else:
            self.text.append(delta.text)
        self.reasoning.append(delta.reasoning)
        self.refusal.append(delta.refusal)
        self.size += len(delta.text) + len(delta.reasoning) + len(delta.refusal)
        for part in delta.tool_calls:
            call = self.calls.setdefault(part.index, ["", "", []])
            call[0] = part.id or call[0]
            call[1] = part.name or call[1]
            call[2].append(part.arguments_text)
            self.size += len(part.arguments_text) + 100
        if delta.provider_data_was_partial:
            self.state.clear()
        if delta.provider_data is not None:
            self.state.append(delta.provider_data)
        if delta.warning and delta.warning not in self.warnings:
            self.warnings.append(delta.warning)
        for name in ("usage", "model", "finish_reason", "raw_finish_reason"):
            if (value := getattr(delta, name)) is not None:
                self.facts[name] = value

    def response(self, provider: str, model: str, **facts: Any) -> ChatResponse:
        """Return the answer."""
        calls = [
            ToolCall.parse(id, name, "".join(parts))
            for _, (id, name, parts) in sorted(self.calls.items())
        ]
        refusal, reasoning = "".join(self.refusal), "".join(self.reasoning)
        known = {"model": model, "finish_reason": "other", **self.facts, **facts}
        if calls:
            known["finish_reason"] = "tool_calls"
        return ChatResponse(
            text="" if refusal else "".join(self.text),
            reasoning=reasoning if reasoning.strip() else None,
            refusal=refusal or None,
            tool_calls=calls,
            warnings=tuple(self.warnings),
            provider_data={provider: list(self.state)} if self.state else {},
            **known,
        )


class HandmadeStream:
    """An asynchronous iterator of chunks with a response, and no ``ChatStream``.

    Args:
        body: the answer's body.
        decoder: makes events of its bytes.
        call: what was asked.
        complete: completes and redacts an error.
        facts: request id and back end.
    """

    def __init__(
        self,
        body: Body,
        decoder: StreamDecoder,
        call: ChatCall,
        complete: Callable[[ProviderError], ProviderError],
        facts: dict[str, Any],
        events: Sequence[StreamEvent] = (),
    ) -> None:
        self._body = body
        self._decoder = decoder
        self._call = call
        self._complete = complete
        self._facts = facts
        self._sum = _Sum()
        self._sum.warnings += call.notes
        self._events: deque[StreamEvent] = deque(events)
        self._response: ChatResponse | None = None
        self._open = True
        self._cancelled = False
        self._is_read = False
        self._end_at: float | None = None

    @property
    def response(self) -> ChatResponse:
        """The whole answer, once it has ended."""
        if self._response is None:
            raise RuntimeError("this stream has not come to its end")
        return self._response

    @property
    def partial(self) -> ChatResponse:
        """The answer so far."""
        return self._sum.response(self._call.provider, self._call.model, **self._facts)

    async def begin(self) -> Self:
        """Wait for the first event; its errors are raised here."""
        try:
            while not self._events:
                await self._fill(None)
            if not isinstance(self._events[0], Delta):
                await self._control(self._events[0])
        except BaseException:
            await self.aclose()
            raise
        return self

    def __aiter__(self) -> AsyncIterator[ChatChunk]:
        return self

    async def __anext__(self) -> ChatChunk:
        if self._cancelled:
            await self._break_off("an earlier read of this stream was cancelled")
        try:
            while self._open:
                if not self._events:
                    await self._fill(_IDLE_S)
                    continue
                event = self._events.popleft()
                if not isinstance(event, Delta):
                    await self._control(event)
                    continue
                self._sum.add(event)
                if event.text or event.reasoning or event.tool_calls:
                    return ChatChunk(event.text, event.reasoning, event.tool_calls)
        except BaseException as error:
            self._cancelled = not isinstance(error, ProviderError)
            await self.aclose()
            raise
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Close the connection, once."""
        if self._open:
            self._open = False
            self._events.clear()
            await self._body.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if self._open:
            warnings.warn("a stream was dropped while it is open", ResourceWarning, stacklevel=2)

    async def _fill(self, idle: float | None) -> None:
        """Read until there is an event or an end."""
        if self._sum.size > _MOST_CHARACTERS:
            await self._break_off("the answer is too large")
        problem, timed_out = "", False
        try:
            data = await self._next_bytes(idle)
            self._is_read = data is None
            self._events += self._decoder.flush() if data is None else self._decoder.feed(data)
        except TimeoutError:
            problem, timed_out = "the stream fell silent", True
        except ProviderError as error:
            problem = error.message
        except Exception as error:  # noqa: BLE001 - whatever a decoder meets in foreign bytes
            problem = f"the stream cannot be read ({type(error).__name__})"
        if not problem and (self._events or not self._is_read):
            return
        if "finish_reason" not in self._sum.facts:
            await self._break_off(problem or "the stream ended before its answer", timed_out)
        elif problem and not timed_out:
            self._sum.warnings.append(f"after the answer: {problem}")
        await self._finish()

    async def _next_bytes(self, idle: float | None) -> bytes | None:
        if self._is_read:
            return None
        if "finish_reason" not in self._sum.facts:
            return await _within(idle, self._body.read())
        now = asyncio.get_running_loop().time()
        self._end_at = self._end_at or now + _REST_S
        return await _within(max(0.0, self._end_at - now), self._body.read())

    async def _control(self, event: StreamEvent) -> None:
        if isinstance(event, StreamFailure):
            error = event.error
            error.partial = self.partial
            for name, value in self._facts.items():
                setattr(error, name, getattr(error, name) or value)
            raise self._complete(error)
        if not isinstance(event, StreamEnd) and "finish_reason" not in self._sum.facts:
            await self._break_off(getattr(event, "problem", "the stream is broken"))
        if isinstance(event, StreamEnd):
            await self._drain()
        await self._finish()

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_S):
                while not self._is_read and await self._body.read() is not None:
                    pass
        except (TimeoutError, ProviderResponseError):
            return

    async def _finish(self) -> None:
        self._response = self.partial
        await self.aclose()

    async def _break_off(self, problem: str, timed_out: bool = False) -> NoReturn:
        kind = StreamTimeoutError if timed_out else StreamInterruptedError
        error = kind(problem, hint="Ask again.", **self._facts)
        error.partial = self.partial
        raise self._complete(error)


async def _within(seconds: float | None, read: Awaitable[bytes | None]) -> bytes | None:
    async with asyncio.timeout(seconds):
        return await read
