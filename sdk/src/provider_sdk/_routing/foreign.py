"""Providers of others: those that do not leave time and errors to ``PreparedProvider``."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Literal, TypeVar

from provider_sdk._base import BaseProvider
from provider_sdk._completing import shortened
from provider_sdk._errors import ProviderError, ProviderUnavailableError
from provider_sdk._prepared import PreparedProvider
from provider_sdk._redact import Redactor, secrets_in
from provider_sdk._stream import ChatStream
from provider_sdk._timeouts import Deadline
from provider_sdk._validation import is_number, is_text, is_whole

_T = TypeVar("_T")

_TEXTS = ("message", "hint", "request_id", "served_by", "provider", "model")


async def in_time(
    provider: BaseProvider,
    method: Literal["chat", "health_check"],
    deadline: Deadline,
    ask: Callable[[], Awaitable[_T]],
    headers: Mapping[str, str] | None = None,
) -> _T:
    """Return what ``ask`` returns: ``PreparedProvider`` sees to it itself, others are watched.

    They are cancelled when their time is over. A stream is returned once its first event is here.

    Args:
        provider: whom it asks.
        method: the method that it calls.
        deadline: when that must have ended; the caller has told the provider.
        ask: calls it.
        headers: further headers of the call.

    Raises:
        ProviderTimeoutError: it did not end in time.
        ProviderUnavailableError: it was cancelled, and not by the caller. What it makes of the
            caller's cancellation is not raised, but ``CancelledError`` is.
        ProviderError: as ``ask``; that of another provider without credentials, as far as they are
            known.
    """
    keeps_time = getattr(type(provider), method) is getattr(PreparedProvider, method)
    earlier = _cancellations()
    try:
        if keeps_time:
            return await ask()  # its own errors say more
        return await deadline.bound(_with_first_event(ask))
    except ProviderError as error:
        failure = error if keeps_time else cleaned(error, provider, headers)
    except asyncio.CancelledError:
        if _cancellations() > earlier:
            raise
        failure = ProviderUnavailableError("it was cancelled, but not by its caller")
    if _cancellations() > earlier:
        # What the provider made of it would let the router go on to another.
        raise asyncio.CancelledError
    raise failure


def _cancellations() -> int:
    """Return how often the running task was cancelled."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


async def _with_first_event(ask: Callable[[], Awaitable[_T]]) -> _T:
    answer = await ask()
    if isinstance(answer, ChatStream):
        await answer.wait_first_event()
    return answer


def cleaned(
    error: ProviderError, source: object, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """Redact and shorten the texts of an error that others made, and drop values of other types.

    Args:
        error: the error, which is changed.
        source: the provider that raised it, or its class.
        headers: further headers of the call.
    """
    redact = redactor_of(source, headers)
    for name in _TEXTS:
        value = getattr(error, name, None)
        text = "" if value is None else _text(value)
        setattr(error, name, shortened(text, redact) or None)
    error.message = error.message or type(error).__name__
    error.args = (error.message,)
    status, asked = getattr(error, "status", None), getattr(error, "retry_after", None)
    error.status = status if is_whole(status) else None
    error.retry_after = asked if is_number(asked) and asked >= 0 else None
    error.partial = getattr(error, "partial", None)
    error.__cause__ = error.__context__ = None
    return error


def redactor_of(source: object, headers: Mapping[str, str] | None = None) -> Redactor:
    """Return what removes the credentials that a provider and its environment are known to have.

    Args:
        source: the provider, or its class.
        headers: further headers of its calls.
    """
    return Redactor([*secrets_in(headers or {}), *secrets_in(os.environ), *secrets_of(source)])


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - code of others
        return type(value).__name__


def secrets_of(source: object) -> Iterable[str | None]:
    """Yield what a provider, or its class, may hold as its credential."""
    variables = getattr(source, "api_key_env", None) or ()
    for variable in (variables,) if is_text(variables) else variables:
        yield os.environ.get(variable) if is_text(variable) else None
    key = getattr(source, "api_key", None)
    yield key if is_text(key) else None
