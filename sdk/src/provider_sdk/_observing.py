"""Telling an observer what becomes of calls, of one provider or of a router."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from provider_sdk._errors import ProviderError, StreamInterruptedError
from provider_sdk._messages import Messages
from provider_sdk._options import ChatOptions
from provider_sdk._responses import ChatResponse
from provider_sdk._retry import RetryLog, log_retries
from provider_sdk._stream import ChatStream


@dataclass(eq=False, slots=True, weakref_slot=True)
class ObservedAttempt:
    """One call of one provider; the same object is passed to every method of an observer.

    Attributes:
        provider: the provider's name.
        model: the model that is asked; ``""`` if the provider finds one by itself.
        messages: the conversation.
        options: the options of the call; its headers may hold secrets.
        stream: whether the answer was to arrive piece by piece.
        retries: further requests after the first, which may have been billed too.
        seconds: since it started, once it has ended.
    """

    provider: str
    model: str
    messages: Messages = field(repr=False)
    options: ChatOptions = field(repr=False)
    stream: bool
    seconds: float = 0.0
    log: RetryLog = field(default_factory=RetryLog, repr=False)

    @property
    def retries(self) -> int:
        """Further requests after the first."""
        return self.log.retries


class Observer:
    """Is told what becomes of calls; override what you want to know.

    The methods are called in the thread of the call and must return soon. Pass one as ``observer``
    to ``ProviderRouter``, or set it as the attribute ``observer`` of a provider; set on both, a
    call is reported twice. What a method raises, the caller gets.
    """

    def attempt_started(self, attempt: ObservedAttempt) -> None:
        """A provider is about to be asked."""

    def first_event(self, attempt: ObservedAttempt) -> None:
        """The first event of a stream arrived."""

    def finished(self, attempt: ObservedAttempt, response: ChatResponse) -> None:
        """The whole answer is here."""

    def failed(
        self, attempt: ObservedAttempt, error: BaseException, partial: ChatResponse | None
    ) -> None:
        """There will be no whole answer.

        Args:
            attempt: the attempt.
            error: why; ``asyncio.CancelledError`` if it was cancelled, ``StreamInterruptedError``
                if the caller closed the stream before its end.
            partial: what had arrived of a stream, ``None`` if nothing had.
        """

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """A router goes on to the provider ``to``.

        Args:
            attempt: what failed.
            error: why.
            to: the provider that is asked next.
            note: the same in one sentence; it says so if the call leaves the user's own machines.
        """

    def cool_down(self, provider: str, seconds: float, error: ProviderError) -> None:
        """A router will not prefer a provider for some time, because it failed."""


async def observed(
    observer: Observer,
    attempt: ObservedAttempt,
    ask: Callable[[], Awaitable[ChatResponse | ChatStream]],
    completed: Callable[[ProviderError], ProviderError] = lambda error: error,
) -> ChatResponse | ChatStream:
    """Return what ``ask`` returns, and tell the observer what becomes of it.

    Args:
        observer: whom to tell.
        attempt: what is asked.
        ask: asks it.
        completed: returns an error as the caller will get it, without the credential.
    """
    start = time.monotonic()
    observer.attempt_started(attempt)
    try:
        with log_retries(attempt.log):
            answer = await ask()
    except BaseException as error:
        attempt.seconds = time.monotonic() - start
        failure = completed(error) if isinstance(error, ProviderError) else error
        observer.failed(attempt, failure, None)
        raise
    if not isinstance(answer, ChatStream):
        attempt.seconds = time.monotonic() - start
        observer.finished(attempt, answer)
        return answer
    observer.first_event(attempt)

    def tell(stream: ChatStream, error: BaseException | None) -> None:
        attempt.seconds = time.monotonic() - start
        if stream.is_whole:
            observer.finished(attempt, stream.response)
        else:
            observer.failed(attempt, error or _closed(attempt), stream.partial)

    answer.on_end(tell)
    return answer


def _closed(attempt: ObservedAttempt) -> StreamInterruptedError:
    return StreamInterruptedError(
        "the stream was closed before its end", provider=attempt.provider, model=attempt.model
    )
