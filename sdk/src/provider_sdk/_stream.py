"""An answer that arrives piece by piece."""

from __future__ import annotations

import json
import warnings
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, NoReturn, Protocol, Self

from provider_sdk._aggregate import Aggregate
from provider_sdk._dialect import Delta, StreamEnd, StreamEvent, StreamFailure, StreamJunk
from provider_sdk._errors import (
    ProviderError,
    ProviderTimeoutError,
    StreamInterruptedError,
    StreamTimeoutError,
)
from provider_sdk._messages import ToolCall
from provider_sdk._responses import ChatChunk, ChatResponse, ToolCallDelta


class EventSource(Protocol):
    """Where a stream gets its events: the wire, a foreign client, a script."""

    async def read(self) -> Sequence[StreamEvent] | None:
        """Return the next events (perhaps none yet), ``None`` at the end.

        Raises:
            ProviderError: the connection failed.
        """

    async def drain(self) -> None:
        """Read what is left after the terminator, so that the connection can be used again."""

    async def aclose(self) -> None:
        """Let go of the connection; called exactly once."""


class ScriptedSource:
    """An ``EventSource`` that plays events that are already there."""

    def __init__(self, batches: Iterable[Sequence[StreamEvent]]) -> None:
        self._batches = iter(batches)

    async def read(self) -> Sequence[StreamEvent] | None:
        """Return the next batch."""
        return next(self._batches, None)

    async def drain(self) -> None:
        """Do nothing: there is no connection."""

    async def aclose(self) -> None:
        """Do nothing: there is no connection."""


def events_of(response: ChatResponse) -> list[StreamEvent]:
    """Return the events of a stream that adds up to ``response``, but for what a stream is told.

    That is ``served_by``, ``request_id``, ``warnings`` and ``provider_data``.
    """
    calls = tuple(
        ToolCallDelta(index, call.id, call.name, _arguments_text(call))
        for index, call in enumerate(response.tool_calls)
    )
    delta = Delta(
        text=response.text,
        reasoning=response.reasoning or "",
        refusal=response.refusal or "",
        tool_calls=calls,
        finish_reason=response.finish_reason,
        raw_finish_reason=response.raw_finish_reason,
        usage=response.usage,
        model=response.model,
    )
    return [delta, StreamEnd()]


def _arguments_text(call: ToolCall) -> str:
    # A call made by hand may have its arguments as an object only.
    return call.arguments_text or (json.dumps(call.arguments) if call.arguments else "")


class ChatStream:
    """Iterate over it for ``ChatChunk``; afterwards ``response`` is the whole answer.

    Use it as ``async with await provider.chat(messages, stream=True) as stream``: leaving the
    block closes the connection, however it is left. Exhaustion, cancellation and ``aclose()``
    close it too. A bare ``break`` cannot, and a ``ResourceWarning`` tells of it at collection.

    The stream is whole when the protocol's terminator or a finish reason was seen. Any other end
    raises ``StreamInterruptedError`` with ``partial``, and an error that the service reports
    inside the stream is always raised. Behind the end, an error and ``aclose()`` there is nothing
    to read; whoever reads on behind a cancelled read gets ``StreamInterruptedError``.
    """

    def __init__(
        self,
        source: EventSource,
        *,
        provider: str,
        model: str,
        served_by: str | None = None,
        request_id: str | None = None,
        warnings: Sequence[str] = (),
        provider_data: Mapping[str, Any] | None = None,
    ) -> None:
        self._source = source
        self._provider = provider
        self._model = model
        self._served_by = served_by
        self._request_id = request_id
        self._provider_data = provider_data or {}
        self._aggregate = Aggregate()
        self._aggregate.warnings.extend(warnings)
        self._pending: deque[StreamEvent] = deque()
        self._response: ChatResponse | None = None
        self._closed = False
        self._given_up = False

    @property
    def response(self) -> ChatResponse:
        """The whole answer.

        Raises:
            RuntimeError: the stream has not come to its end.
        """
        if self._response is None:
            raise RuntimeError(
                "the stream has no response before its end; iterate it, or use `partial` for what "
                "has arrived"
            )
        return self._response

    @property
    def partial(self) -> ChatResponse:
        """The answer as far as it has arrived and was read."""
        if self._response is not None:
            return self._response
        state = self._aggregate.state
        return self._aggregate.response(
            model=self._model,
            served_by=self._served_by,
            request_id=self._request_id,
            provider_data={**self._provider_data, **({self._provider: state[:]} if state else {})},
        )

    async def collect(self) -> ChatResponse:
        """Read to the end and return the whole answer.

        Raises:
            ProviderError: as iteration does.
        """
        async for _ in self:
            pass
        return self.response

    async def wait_first_event(self) -> Self:
        """Return once the first event is here, so that an early error is raised by the call itself.

        Providers await this before they hand the stream out.

        Raises:
            ProviderError: the stream failed before any event.
        """
        try:
            while not self._pending:
                await self._fill()
            first = self._pending[0]
            if isinstance(first, StreamFailure | StreamJunk):
                await self._settle(first)
        except BaseException:
            await self.aclose()
            raise
        return self

    def __aiter__(self) -> AsyncIterator[ChatChunk]:
        return self

    async def __anext__(self) -> ChatChunk:
        try:
            while not self._closed:
                if not self._pending:
                    await self._fill()
                    continue
                event = self._pending.popleft()
                if not isinstance(event, Delta):
                    await self._settle(event)
                elif (chunk := self._aggregate.add(event)) is not None:
                    return chunk
        except BaseException as error:
            # Cancellation included: whoever stops reading must not leave the service writing.
            self._given_up = not isinstance(error, ProviderError)
            await self.aclose()
            raise
        if self._given_up:
            self._interrupt("the stream was closed when an earlier read was cancelled")
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection; further calls do nothing."""
        if not self._closed:
            self._closed = True
            self._pending.clear()
            await self._source.aclose()

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            warnings.warn(
                "a ChatStream was dropped while its connection is open; use `async with`, or "
                "await its aclose()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )

    async def _fill(self) -> None:
        failure: ProviderError | None = None
        try:
            events = await self._source.read()
        except ProviderError as error:
            failure = error
        else:
            if events is not None:
                self._pending.extend(events)
                return
        if failure is None:
            await self._cut("the stream ended before the answer did")
        elif self._aggregate.finished:
            self._aggregate.warnings.append(f"after the end of the answer: {failure.message}")
            await self._finish()
        else:
            self._interrupt(failure.message, timed_out=isinstance(failure, ProviderTimeoutError))

    async def _settle(self, event: StreamEnd | StreamFailure | StreamJunk) -> None:
        if isinstance(event, StreamEnd):
            await self._source.drain()
            await self._finish()
        elif isinstance(event, StreamFailure):
            event.error.partial = self.partial
            raise event.error
        else:
            await self._cut(event.problem)

    async def _cut(self, problem: str) -> None:
        # Several services never send a terminator, so a finish reason is enough.
        if not self._aggregate.finished:
            self._interrupt(problem)
        await self._finish()

    async def _finish(self) -> None:
        self._response = self.partial
        await self.aclose()

    def _interrupt(self, problem: str, *, timed_out: bool = False) -> NoReturn:
        kind = StreamTimeoutError if timed_out else StreamInterruptedError
        error = kind(
            problem,
            provider=self._provider,
            model=self._model,
            request_id=self._request_id,
            served_by=self._served_by,
            hint="Ask again; what had arrived is kept as a partial answer.",
        )
        error.partial = self.partial
        raise error
