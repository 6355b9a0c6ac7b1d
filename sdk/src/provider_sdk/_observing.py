"""Telling an observer what becomes of calls, of one provider or of a router."""

from __future__ import annotations

import asyncio
import time
import traceback
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVarTuple

from provider_sdk._errors import ProviderError, StreamInterruptedError
from provider_sdk._messages import Messages
from provider_sdk._options import ChatOptions
from provider_sdk._responses import ChatResponse
from provider_sdk._spans import Span
from provider_sdk._stream import ChatStream

_Told = TypeVarTuple("_Told")


@dataclass(eq=False, slots=True, weakref_slot=True)
class ObservedAttempt:
    """One call of one provider; the same object is passed to every method of an observer.

    Attributes:
        provider: the provider's name.
        model: the model that is asked; ``""`` if the provider finds one by itself.
        messages: the conversation.
        options: the options of the call; its headers may hold secrets.
        stream: whether the answer was to arrive piece by piece.
        seconds: how long it took, once it has ended.
        span: what counts its retries; of no use to observers.
    """

    provider: str
    model: str
    messages: Messages = field(repr=False)
    options: ChatOptions = field(repr=False)
    stream: bool
    seconds: float = 0.0
    span: Span = field(default_factory=Span, repr=False)

    @property
    def retries(self) -> int:
        """Further requests after the first, which may have been billed too."""
        return self.span.retries


class Observer:
    """Is told what becomes of calls; override what you want to know.

    The methods are called in the thread of the call and must return soon. Pass one as ``observer``
    to ``ProviderRouter``, or set it as the attribute ``observer`` of a provider; set on both, a
    call is reported twice. An exception of a method becomes a ``RuntimeWarning``, and the call goes
    on; so does a coroutine, which is not run.
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


def tell(hear: Callable[[*_Told], object], *told: *_Told) -> None:
    """Call a method of an observer; if it fails, warn, and go on."""
    try:
        heard = hear(*told)
    except Exception as error:  # noqa: BLE001 - code of others, which must not break a call
        # Its text may hold a credential, and a different one each time would be kept each time.
        problem = f"raised {type(error).__name__} at {_place_of(error)}"
    else:
        if heard is None or not asyncio.iscoroutine(heard):
            return
        heard.close()
        problem = "is a coroutine function and was not run; it must be a plain one"
    warnings.warn(f"the observer's {_name_of(hear)} {problem}", RuntimeWarning, stacklevel=2)


def _place_of(error: Exception) -> str:
    frame, line = list(traceback.walk_tb(error.__traceback__))[-1]
    return f"{frame.f_code.co_filename}:{line}"


def _name_of(hear: object) -> str:
    return getattr(hear, "__qualname__", type(hear).__name__)


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
    with attempt.span:
        tell(observer.attempt_started, attempt)
        try:
            answer = await ask()
        except BaseException as error:
            attempt.seconds = time.monotonic() - start
            failure = completed(error) if isinstance(error, ProviderError) else error
            tell(observer.failed, attempt, failure, None)
            raise
    if not isinstance(answer, ChatStream):
        attempt.seconds = time.monotonic() - start
        tell(observer.finished, attempt, answer)
        return answer
    tell(observer.first_event, attempt)

    def ended(stream: ChatStream, error: BaseException | None) -> None:
        attempt.seconds = time.monotonic() - start
        if stream.is_whole:
            tell(observer.finished, attempt, stream.response)
        else:
            tell(observer.failed, attempt, error or _closed(attempt), stream.partial)

    answer.on_end(ended)
    return answer


def _closed(attempt: ObservedAttempt) -> StreamInterruptedError:
    return StreamInterruptedError(
        "the stream was closed before its end", provider=attempt.provider, model=attempt.model
    )
