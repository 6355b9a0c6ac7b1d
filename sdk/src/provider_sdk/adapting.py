"""What an adapter over a foreign client takes from the SDK.

A provider that speaks HTTP itself needs nothing of this: ``HttpProvider`` does it all. An adapter
over a foreign client subclasses ``PreparedProvider``, which checks calls and completes errors, and
uses ``call_client`` around the client's calls and ``ClientSource`` over its streams.

One that subclasses ``BaseProvider`` itself keeps the same rules with ``required_credential`` in its
constructor, and ``checked_options``, ``normalized`` and ``check_supported`` before each call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from provider_sdk._credentials import check_sendable, first_credential
from provider_sdk._dialect import StreamEvent, StreamFailure, StreamJunk
from provider_sdk._errors import (
    ProviderAuthError,
    ProviderError,
    ProviderResponseError,
    ProviderTimeoutError,
)
from provider_sdk._messages import normalized
from provider_sdk._options import checked_options
from provider_sdk._redact import Redactor
from provider_sdk._requirements import check_supported, unsupported
from provider_sdk._retry import is_retryable, retry_after, with_retries
from provider_sdk._timeouts import Deadline, IdleLimit

__all__ = [
    "ClientSource",
    "Redactor",
    "call_client",
    "check_supported",
    "checked_options",
    "is_retryable",
    "normalized",
    "required_credential",
    "retry_after",
    "unsupported",
]

_T = TypeVar("_T")
_Translate = Callable[[Exception], ProviderError]


def required_credential(argument: str | None, variables: Iterable[str], provider: str) -> str:
    """Return the ``api_key`` argument, else the first variable that is set; blank is unset.

    Raises:
        ProviderAuthError: neither is set, or the value cannot be sent in a header.
    """
    names = list(variables)
    credential = first_credential(argument, names)
    if credential is None:
        name = names[0] if names else "api_key"
        raise ProviderAuthError(f"{name} is not set", provider=provider)
    check_sendable(credential, provider)
    return credential.value


async def call_client(
    work: Callable[[], Awaitable[_T]],
    *,
    seconds: float,
    translate: _Translate,
    max_retries: int = 0,
) -> _T:
    """Await a foreign client within a deadline; its exceptions become errors of the contract.

    Args:
        work: asks the client; called once for each attempt.
        seconds: the deadline over all attempts.
        translate: returns the contract's error for whatever the client raised. What it returns
            is raised without the client's exception in its context, which may hold a credential.
        max_retries: further attempts after a failure that may pass; 0 where the client retries.

    Raises:
        ProviderTimeoutError: it took too long.
        ProviderError: as ``translate`` says.
    """

    async def attempt() -> _T:
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - clients let errors of their HTTP library through
            failure = translate(error)
        raise failure

    deadline = Deadline.after(seconds)
    return await deadline.bound(with_retries(attempt, max_retries=max_retries, deadline=deadline))


class ClientSource:
    """An ``EventSource`` over the chunks that a foreign client yields.

    Args:
        chunks: the client's stream.
        events: returns what a chunk says; it is given ``None`` once, after the last chunk, for
            what it held back.
        translate: returns the contract's error for whatever the client raised, or for an error
            among the events.
        close: closes the connection of the client's stream.
        is_report: whether what the client raised is an error that the service reported inside the
            stream. It keeps its class; anything else means that the stream broke.
    """

    def __init__(
        self,
        chunks: AsyncIterator[Any],
        *,
        events: Callable[[Any], Sequence[StreamEvent]],
        translate: _Translate,
        close: Callable[[], Awaitable[object]],
        is_report: Callable[[Exception], bool] = lambda error: False,
    ) -> None:
        self._chunks = chunks
        self._events = events
        self._translate = translate
        self._close = close
        self._is_report = is_report
        self._ended = False
        self._idle = IdleLimit()

    def limit_idle(self, seconds: float) -> None:
        """Bound each wait for a chunk from now on; before, the deadline of the call bounds all."""
        self._idle.seconds = seconds

    async def read(self) -> Sequence[StreamEvent] | None:
        """Return the events of the next chunk, ``None`` after the last."""
        if self._ended:
            return None
        failure: ProviderError
        try:
            with self._idle:
                chunk = await anext(self._chunks, None)
            self._ended = chunk is None
            return [self._safe(event) for event in self._events(chunk)]
        except TimeoutError:
            failure = ProviderTimeoutError("the stream fell silent")
        except Exception as error:  # noqa: BLE001 - as above
            failure = self._translate(error)
            if self._is_report(error):
                return [StreamFailure(failure)]
        raise failure

    async def drain(self) -> None:
        """Do nothing: a client reads on by itself, or not at all."""

    async def aclose(self) -> None:
        """Close the connection."""
        self._idle.stop()
        await self._close()

    def _safe(self, event: StreamEvent) -> StreamEvent:
        if isinstance(event, StreamFailure):
            return StreamFailure(self._translate(event.error))
        if isinstance(event, StreamJunk):
            return StreamJunk(self._translate(ProviderResponseError(event.problem)).message)
        return event
