"""An answer that arrives piece by piece."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from provider_sdk._aggregate import Aggregate
from provider_sdk._dialect import Delta, StreamEnd, StreamEvent, StreamFailure, StreamJunk
from provider_sdk._errors import (
    ProviderError,
    ProviderTimeoutError,
    StreamInterruptedError,
    StreamTimeoutError,
)
from provider_sdk._event_sources import EventSource, ReadAhead
from provider_sdk._responses import ChatChunk, ChatResponse

if TYPE_CHECKING:
    from provider_sdk._routing.route import Route

MAX_ANSWER = 64 * 1024 * 1024
"""Most characters of a streamed answer that are read, about as many as of a whole reply."""

_REST_S = 2.0
"""Seconds to wait for usage and terminator after the finish reason."""


class ChatStream:
    """Iterate over it for ``ChatChunk``; afterwards ``response`` is the whole answer.

    Use it as ``async with await provider.chat(messages, stream=True) as stream``: leaving the
    block closes the connection, however it is left. Exhaustion, cancellation and ``aclose()``
    close it too. A bare ``break`` cannot: a ``ResourceWarning`` says so when the stream is
    collected.

    The stream is whole when the protocol's terminator or a finish reason was seen. After a finish
    reason it waits two seconds for usage and terminator, then it ends. Any other end raises
    ``StreamInterruptedError`` with ``partial``, and an error that the service reports
    inside the stream is always raised. After the end, an error or ``aclose()``, iteration stops.
    After a cancelled read, iterating again raises ``StreamInterruptedError``.

    Args:
        source: where the events come from.
        provider: the provider's name, for errors and ``provider_data``.
        model: the model that was asked, used if the service reports none.
        served_by: the back end that answers, if it is named.
        request_id: the service's id of the exchange.
        warnings: sentences that ``response.warnings`` begins with.
        provider_data: opaque state by provider name that ``response.message`` carries.

    Attributes:
        route: how a router came to the answer; ``None`` if the provider was called directly.
    """

    route: Route | None = None

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
        self._on_error: Callable[[ProviderError], ProviderError] | None = None
        self._on_end: list[Callable[[ChatStream, BaseException | None], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failure: BaseException | None = None
        self._end_by = 0.0
        self._closed = False
        self._cancelled = False

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
        state = self._aggregate.provider_data
        return self._aggregate.response(
            model=self._model,
            served_by=self._served_by,
            request_id=self._named_request,
            provider_data={**self._provider_data, **({self._provider: state[:]} if state else {})},
            route=self.route,
        )

    @property
    def is_whole(self) -> bool:
        """Whether it has come to its end, so that it has a ``response``."""
        return self._response is not None

    @property
    def _named_request(self) -> str | None:
        return self._aggregate.request_id or self._request_id

    async def collect(self) -> ChatResponse:
        """Read to the end and return the whole answer.

        Raises:
            ProviderError: as iteration does.
        """
        async for _ in self:
            pass
        return self.response

    async def wait_first_event(self) -> Self:
        """Return once the first event is here, so that the call itself raises an early error.

        Providers await this before they return the stream. After its end it returns at once.

        Raises:
            ProviderError: the stream failed before any event.
        """
        try:
            while not (self._pending or self._closed):
                await self._read_events()
            first = self._pending[0] if self._pending else None
            if isinstance(first, StreamFailure | StreamJunk):
                await self._handle_control_event(first)
        except BaseException:
            await self.aclose()
            raise
        return self

    def __aiter__(self) -> AsyncIterator[ChatChunk]:
        return self

    async def __anext__(self) -> ChatChunk:
        try:
            while not self._closed:
                if self._pending:
                    event = self._pending.popleft()
                elif self._aggregate.finished or self._aggregate.size > MAX_ANSWER:
                    await self._read_events()
                    continue
                else:
                    # Most reads return one event: it is taken as it comes, and without the
                    # coroutine of `_read_events`, which would cost a thirtieth of a chunk.
                    events, failure = None, None
                    try:
                        events = await self._source.read()
                    except ProviderError as error:
                        failure = error
                    if events is None or len(events) != 1 or self._closed:
                        await self._take(events, failure)
                        continue
                    event = events[0]
                if not isinstance(event, Delta):
                    await self._handle_control_event(event)
                elif (chunk := self._aggregate.add(event)) is not None:
                    return chunk
        except BaseException as error:
            # Cancellation included: after it nobody reads, so the service must not go on writing.
            self._failure = error
            self._cancelled = not isinstance(error, ProviderError)
            await self.aclose()
            raise
        if self._cancelled:
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

    def wrap_source(self, wrap: Callable[[EventSource], EventSource]) -> None:
        """Read all further events from ``wrap(source)``, to watch or change them on their way.

        The wrapper also sees events that were already read and not yet returned.

        Args:
            wrap: takes the present source and returns the one to use; when it is closed, it
                must close the present one.
        """
        ahead = list(self._pending)
        self._pending.clear()
        self._source = wrap(ReadAhead(ahead, self._source) if ahead else self._source)

    def on_error(self, hook: Callable[[ProviderError], ProviderError]) -> None:
        """Raise ``hook(error)`` instead of every error from now on; earlier hooks are called first.

        ``PreparedProvider`` completes and redacts errors this way after it has returned the stream.
        """
        earlier = self._on_error
        self._on_error = hook if earlier is None else lambda error: hook(earlier(error))

    def on_end(self, hook: Callable[[ChatStream, BaseException | None], None]) -> None:
        """Call ``hook(stream, error)`` once, as soon as the stream is closed, or was dropped.

        If it ``is_whole`` it has a response. Otherwise ``error`` is what ended it, a cancellation
        included, or ``None`` if it was closed or dropped before its end. Hooks are called in their
        order; on a closed stream, at once. Call it in the event loop of the stream.
        """
        if self._closed:
            hook(self, None)
        else:
            self._loop = asyncio.get_running_loop()
            self._on_end.append(hook)

    def warn(self, warning: str) -> None:
        """Add a sentence to the warnings of the answer."""
        self._aggregate.warnings.append(warning)

    async def aclose(self) -> None:
        """Close the connection; further calls do nothing."""
        if self._closed:
            return
        self._closed = True
        self._pending.clear()
        try:
            await self._source.aclose()
        finally:
            self._tell_end()

    def _tell_end(self) -> None:
        for hook in self._on_end:
            hook(self, self._failure)
        self._on_end.clear()
        self._failure = None

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            if self._loop is not None:
                # Not here, where anything may be going on: a hook could wait for its own lock.
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    self._loop.call_soon_threadsafe(self._tell_end)
            warnings.warn(
                "a ChatStream was dropped while its connection is open; use `async with`, or "
                "await its aclose()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )

    async def _read_the_rest(self) -> Sequence[StreamEvent] | None:
        """Read what is left after the finish reason, for two seconds at most."""
        self._end_by = self._end_by or asyncio.get_running_loop().time() + _REST_S
        try:
            async with asyncio.timeout_at(self._end_by):
                await asyncio.sleep(0)  # a read that never waits would meet no timeout
                return await self._source.read()
        except TimeoutError:
            return [StreamEnd()]

    async def _read_events(self) -> None:
        if self._aggregate.size > MAX_ANSWER:
            self._interrupt(f"the answer is larger than {MAX_ANSWER} characters")
        events, failure = None, None
        try:
            rest = self._aggregate.finished and not self._aggregate.goes_on
            events = await (self._read_the_rest() if rest else self._source.read())
        except ProviderError as error:
            failure = error
        await self._take(events, failure)

    async def _take(
        self, events: Sequence[StreamEvent] | None, failure: ProviderError | None
    ) -> None:
        """Keep what a read returned, or end the stream if that is nothing, or it failed."""
        if events is not None:
            self._pending.extend(events)
        elif failure is None:
            await self._end_without_terminator("the stream ended before the answer did")
        elif self._aggregate.finished:
            said = self._completed(failure).message
            self._aggregate.warnings.append(f"after the end of the answer: {said}")
            await self._finish()
        else:
            timed_out = isinstance(failure, ProviderTimeoutError)
            notes: Sequence[str] = getattr(failure, "__notes__", ())
            self._interrupt(failure.message, timed_out=timed_out, notes=notes)

    async def _handle_control_event(self, event: StreamEnd | StreamFailure | StreamJunk) -> None:
        if isinstance(event, StreamEnd):
            await self._source.drain()
            await self._finish()
        elif isinstance(event, StreamFailure):
            error = event.error
            error.request_id = error.request_id or self._named_request
            error.served_by = error.served_by or self._served_by
            error.partial = self.partial
            raise self._completed(error)
        else:
            await self._end_without_terminator(event.problem)

    async def _end_without_terminator(self, problem: str) -> None:
        # Several services never send a terminator, so a finish reason is enough.
        if not self._aggregate.finished:
            self._interrupt(problem)
        await self._finish()

    async def _finish(self) -> None:
        self._response = self.partial
        await self.aclose()

    def _interrupt(
        self, problem: str, *, timed_out: bool = False, notes: Sequence[str] = ()
    ) -> NoReturn:
        kind = StreamTimeoutError if timed_out else StreamInterruptedError
        partial = self.partial
        arrived = partial.text or partial.reasoning or partial.refusal or partial.tool_calls
        error = kind(
            problem,
            provider=self._provider,
            model=self._model,
            request_id=self._named_request,
            served_by=self._served_by,
            hint="Ask again; what had arrived is kept as a partial answer."
            if arrived
            else "Ask again.",
        )
        error.partial = partial
        for note in notes:
            error.add_note(note)
        raise self._completed(error)

    def _completed(self, error: ProviderError) -> ProviderError:
        return self._on_error(error) if self._on_error else error
