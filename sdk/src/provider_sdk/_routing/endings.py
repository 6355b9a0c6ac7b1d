"""How a routed call ends: with an answer that says how it came about, or with what was tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from provider_sdk._errors import (
    AllProvidersFailedError,
    ProviderError,
    UnsupportedCapabilityError,
)
from provider_sdk._observing import ObservedAttempt
from provider_sdk._responses import ChatResponse
from provider_sdk._routing.route import Attempt, Route, text_of
from provider_sdk._stream import ChatStream

_LONGEST_TEXT = 1500
_SHORTEST_REASON = 20
_set = object.__setattr__  # it is frozen
_EMPTY = "there is no provider to ask: the fallback chain is empty"


def with_route(
    answer: ChatResponse | ChatStream,
    asked: ObservedAttempt,
    attempts: Sequence[Attempt],
    seconds: float,
    notes: Sequence[str],
    *,
    is_shared: bool,
) -> ChatResponse | ChatStream:
    """Return an answer that says how it came about.

    Args:
        answer: what the provider answered.
        asked: what it was asked.
        attempts: what became of those that were considered before.
        seconds: how long the answer took.
        notes: sentences to add to the warnings of the answer.
        is_shared: whether somebody else may have the answer, which then stays as it is.
    """
    model = asked.model
    if not model:
        model = (answer.partial if isinstance(answer, ChatStream) else answer).model
    attempt = Attempt(asked.provider, model, "answered", None, seconds)
    route = Route(asked.provider, model, (*attempts, attempt))
    if isinstance(answer, ChatStream):
        answer.route = route
        for note in notes:
            answer.warn(note)
        return answer
    warnings = (*answer.warnings, *notes)
    if is_shared:
        return replace(answer, route=route, warnings=warnings)
    # A copy would be a fifth of what routing costs.
    _set(answer, "route", route)
    _set(answer, "warnings", warnings)
    return answer


def cooling_error(name: str, seconds: float) -> ProviderError:
    """Return the reason to skip a provider that is cooling down."""
    rest = f"for {seconds:.0f} s more" if seconds >= 1 else "until a call has tried it again"
    return ProviderError(
        f"{name} failed lately and is not asked {rest}",
        provider=name,
        retry_after=seconds or None,
    )


def all_failed_error(attempts: Sequence[Attempt]) -> ProviderError:
    """Return the error of a call that nobody answered."""
    errors = [each.error for each in attempts if each.error is not None]
    if errors and all(isinstance(error, UnsupportedCapabilityError) for error in errors):
        return UnsupportedCapabilityError(
            f"no provider can do what the call needs: {_reasons(attempts)}", provider="router"
        )
    waits = [error.retry_after for error in errors if error.retry_after is not None]
    failure = AllProvidersFailedError(
        f"no provider could answer: {_reasons(attempts)}" if attempts else _EMPTY,
        provider="router",
        retry_after=min(waits, default=None),
        hint="Mend the cause of one of them, or name another provider."
        if attempts
        else "Install a provider of the chain, set fallback_chain, or name a provider.",
    )
    failure.attempts = tuple(attempts)
    return failure


def _reasons(attempts: Sequence[Attempt]) -> str:
    names = sum(len(each.provider) for each in attempts)
    longest = max((_LONGEST_TEXT - names) // len(attempts), _SHORTEST_REASON)
    return "; ".join(
        f"{each.provider}: {' '.join(text_of(each.error).split())[:longest].rstrip('.')}"
        for each in attempts
        if each.error is not None
    )
