"""Asking one provider within its share of a call's time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

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
from provider_sdk._observing import ObservedAttempt, observed
from provider_sdk._options import ChatOptions
from provider_sdk._responses import ChatResponse
from provider_sdk._routing.foreign import in_time
from provider_sdk._spans import Span
from provider_sdk._stream import ChatStream
from provider_sdk._validation import is_text, safe_repr

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


@dataclass(slots=True)
class Request:
    """What one provider is asked.

    Attributes:
        name: its name for the router.
        provider: the provider.
        model: the model that was named, ``None`` for its default.
        call: the routed call.
        others_remain: whether somebody else can be asked after it.
    """

    name: str
    provider: BaseProvider
    model: str | None
    call: ChatCall
    others_remain: bool

    @property
    def asked_model(self) -> str:
        """The model that is asked; ``""`` if the provider finds one by itself."""
        default = self.provider.default_model
        return self.model or (default if is_text(default) else "")

    def observed_attempt(self) -> ObservedAttempt:
        """Return what an observer is shown of it."""
        call = self.call
        limit = LONGEST_WAIT_S if self.others_remain else None
        return ObservedAttempt(
            self.name,
            self.asked_model,
            call.messages,
            call.options,
            call.stream,
            span=Span(limit),
        )

    async def send(self, attempt: ObservedAttempt, accounts: Accounts) -> ChatResponse | ChatStream:
        """Ask the provider, unless a budget forbids it, and tell the observer.

        While others remain it has half of the time that is left, and does not wait long between
        its own retries.
        """
        accounts.check(self.name, self.asked_model)
        return await observed(accounts.observer, attempt, self._ask)

    async def _ask(self) -> ChatResponse | ChatStream:
        left = self.call.deadline.left
        seconds = max(left / 2 if self.others_remain else left, _SHORTEST_S)
        options = cast("ChatOptions", {**self.call.options, "timeout": seconds})
        call = self.call
        try:
            answer: object = await in_time(
                self.provider,
                "chat",
                seconds,
                lambda: self.provider.chat(call.messages, self.model, call.stream, **options),
                options.get("extra_headers"),
            )
        except ProviderError as error:
            # Or it would seem to be the router's own.
            error.provider = error.provider or self.name
            error.model = error.model or self.asked_model or None
            raise
        return await self._checked(answer)

    async def _checked(self, answer: object) -> ChatResponse | ChatStream:
        wanted = ChatStream if self.call.stream else ChatResponse
        if isinstance(answer, wanted):
            return answer
        if isinstance(answer, ChatStream):
            await answer.aclose()
        raise ProviderResponseError(
            f"{self.name} returned {safe_repr(answer)} where a {wanted.__name__} was asked for",
            provider=self.name,
            model=self.asked_model or None,
            hint="Its method chat is wrong; tell its author.",
        )
