"""Asking one provider within its share of a call's time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeGuard, cast

from provider_sdk._accounting.accounts import Accounts
from provider_sdk._base import BaseProvider
from provider_sdk._dialect import ChatCall
from provider_sdk._errors import (
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderResponseError,
    ProviderUnavailableError,
    StreamInterruptedError,
)
from provider_sdk._http.provider import HttpProvider
from provider_sdk._observing import ObservedAttempt, observed
from provider_sdk._options import ChatOptions
from provider_sdk._prepared import PreparedProvider
from provider_sdk._requirements import Needs
from provider_sdk._responses import ChatResponse
from provider_sdk._routing.foreign import in_time
from provider_sdk._spans import Span
from provider_sdk._stream import ChatStream
from provider_sdk._timeouts import Deadline
from provider_sdk._validation import safe_repr

LONGEST_WAIT_S = 1.0
"""Seconds that a provider may wait before a retry while another candidate remains."""

_SHORTEST_S = 0.001

_MOVES_ON = (
    ProviderAuthError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderUnavailableError,
    StreamInterruptedError,  # cut before its first event: the stream has not begun
)


def moves_on(error: ProviderError, *, was_named: bool) -> bool:
    """Whether another provider is asked after this error.

    A rejected request, a broken answer and an exceeded budget (``BudgetExceededError``) are the
    caller's to know.

    Args:
        error: why a provider did not answer.
        was_named: whether the caller named the model, which is then not replaced.
    """
    if isinstance(error, ProviderModelNotFoundError):
        return not was_named
    return isinstance(error, _MOVES_ON)


class Request:
    """What one provider is asked.

    Args:
        name: its name for the router.
        provider: the provider.
        model: the model that was named, ``None`` for its default.
        call: the routed call.
        needs: what that needs.
        others_remain: whether somebody else can be asked after it.

    Attributes:
        provider: as the argument.
        model: as the argument.
        attempt: what an observer is shown; its model is ``""`` if the provider finds one by itself.
    """

    __slots__ = ("_call", "_deadline", "_needs", "attempt", "model", "provider")

    def __init__(
        self,
        name: str,
        provider: BaseProvider,
        model: str | None,
        call: ChatCall,
        needs: Needs,
        *,
        others_remain: bool,
    ) -> None:
        self.provider = provider
        self.model = model
        self._call = call
        self._needs = needs
        asked: object = model or provider.default_model  # others may have any default
        asked = asked if isinstance(asked, str) else ""
        span = Span(LONGEST_WAIT_S if others_remain else None)
        self.attempt = ObservedAttempt(
            name, asked, call.messages, call.options, call.stream, span=span
        )

    def send(self, accounts: Accounts, now: float) -> Awaitable[ChatResponse | ChatStream]:
        """Ask the provider, unless a budget forbids it, and tell the observer.

        While others remain it has half of the time that is left, and does not wait long between
        its own retries.
        """
        attempt = self.attempt
        accounts.check(attempt.provider, attempt.model)
        left = self._call.deadline.at - now
        seconds = max(left if attempt.span.longest_wait_s is None else left / 2, _SHORTEST_S)
        self._deadline = Deadline(seconds, now + seconds)
        return observed(accounts.observer, attempt, self._ask)

    @property
    def may_share_answers(self) -> bool:
        """Whether somebody else may have the object that the provider returns, for example again.

        What an ``HttpProvider`` reads of a reply is made for the call.
        """
        provider = self.provider
        is_made = _has_own_chat(provider) and type(provider).answer is _ANSWER
        return not is_made or "answer" in provider.__dict__

    async def _ask(self) -> ChatResponse | ChatStream:
        provider, call, deadline = self.provider, self._call, self._deadline
        ask: Callable[[], Awaitable[object]]
        if _has_own_chat(provider):
            ask = partial(provider._chat_again, call, self.model, self._needs, deadline)
        else:
            options = cast("ChatOptions", {**call.options, "timeout": deadline.seconds})
            ask = partial(provider.chat, call.messages, self.model, call.stream, **options)
        headers = call.options.get("extra_headers")
        try:
            answer = await in_time(provider, "chat", deadline, ask, headers)
        except ProviderError as error:
            # Or it would seem to be the router's own.
            error.provider = error.provider or self.attempt.provider
            error.model = error.model or self.attempt.model or None
            raise
        if isinstance(answer, ChatStream if call.stream else ChatResponse):
            return answer
        raise await self._wrong(answer)

    async def _wrong(self, answer: object) -> ProviderResponseError:
        """Return the error for an answer of another kind than was asked for."""
        wanted = "ChatStream" if self._call.stream else "ChatResponse"
        if isinstance(answer, ChatStream):
            await answer.aclose()
        name = self.attempt.provider
        return ProviderResponseError(
            f"{name} returned {safe_repr(answer)} where a {wanted} was asked for",
            provider=name,
            model=self.attempt.model or None,
            hint="Its method chat is wrong; tell its author.",
        )


_CHAT = PreparedProvider.chat
_ANSWER = HttpProvider.answer


def _has_own_chat(provider: BaseProvider) -> TypeGuard[PreparedProvider]:
    """Whether its ``chat`` is that of ``PreparedProvider``, and not replaced to trace calls."""
    return type(provider).chat is _CHAT and "chat" not in provider.__dict__
