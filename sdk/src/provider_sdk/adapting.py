"""What an adapter needs: a provider that uses somebody else's client instead of HTTP.

An adapter subclasses ``PreparedProvider``, which checks calls and completes errors. It calls the
client through ``call_client``, and reads the client's streams through ``ClientSource``.

An adapter that subclasses ``BaseProvider`` instead follows the same rules with
``required_credential`` in its constructor, and ``checked_options``, ``normalized`` and
``check_supported`` before each call.
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
from provider_sdk._public import show_public_path
from provider_sdk._redact import Redactor, secrets_in
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
    "secrets_in",
    "unsupported",
]

_T = TypeVar("_T")
_Translate = Callable[[Exception], ProviderError]


def required_credential(argument: str | None, variables: Iterable[str], provider: str) -> str:
    """Return the ``api_key`` argument, else the first variable that is set; blank counts as unset.

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
    """Return what the client returns, within a deadline and with its exceptions translated.

    Args:
        work: calls the client; it is called once per attempt.
        seconds: the deadline over all attempts.
        translate: returns the contract's error for whatever the client raised. What it returns
            is raised without the client's exception in its context, which may hold a credential.
        max_retries: further attempts after a failure that may pass; 0 if the client retries.

    Raises:
        ProviderTimeoutError: it took too long.
        ProviderError: what ``translate`` returned.
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
        events: returns the events of a chunk. After the last chunk it is called once more, with
            ``None``, to return what it held back.
        translate: returns the contract's error for whatever the client raised, or for an error
            among the events.
        close: closes the connection of the client's stream.
        is_report: whether an exception of the client is an error that the service reported inside
            the stream. Such an error keeps its class; any other means that the stream broke.
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
        """Limit each wait for a chunk from now on; until then the deadline of the call applies."""
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
            return [self._translated(event) for event in self._events(chunk)]
        except TimeoutError:
            failure = ProviderTimeoutError("the stream fell silent")
        except Exception as error:  # noqa: BLE001 - as above
            failure = self._translate(error)
            if self._is_report(error):
                return [StreamFailure(failure)]
        raise failure

    async def drain(self) -> None:
        """Do nothing: reading on is the client's business."""

    async def aclose(self) -> None:
        """Close the connection."""
        self._idle.stop()
        await self._close()

    def _translated(self, event: StreamEvent) -> StreamEvent:
        if isinstance(event, StreamFailure):
            return StreamFailure(self._translate(event.error))
        if isinstance(event, StreamJunk):
            return StreamJunk(self._translate(ProviderResponseError(event.problem)).message)
        return event


show_public_path(__name__)
