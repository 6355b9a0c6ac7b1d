"""When to try again, and how long to wait before that.

A retry after the request was sent can be billed twice: a service may have done the work before
its answer was lost. ``max_retries=0`` turns retries off.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from provider_sdk._errors import (
    ProviderError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderUnavailableError,
)
from provider_sdk._spans import Span
from provider_sdk._timeouts import Deadline

_T = TypeVar("_T")

_RETRIED = frozenset({408, 409, 429})
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 8.0
_LONGEST_VALUE = 64


async def with_retries(
    attempt: Callable[[], Awaitable[_T]], *, max_retries: int, deadline: Deadline
) -> _T:
    """Return the result of ``attempt()``, repeated until it succeeds or no further try makes sense.

    Args:
        attempt: raises ``ProviderError`` for a failure.
        max_retries: further attempts after the first.
        deadline: the failure is raised if the next wait would end after it, or after any other
            that bounds the call.
    """
    tries = 0
    while True:
        try:
            return await attempt()
        except ProviderError as error:
            wait = _seconds_to_wait(tries, error.retry_after)
            permitted = all(span.permits(wait, error) for span in Span.open_here())
            too_long = wait >= deadline.left_here or not permitted
            if tries >= max_retries or too_long or not is_retryable(error):
                raise
        tries += 1
        for span in Span.open_here():
            span.retries += 1
        await asyncio.sleep(wait)


def is_retryable(error: ProviderError) -> bool:
    """Whether another attempt may succeed.

    True for the statuses 408, 409, 429 and 5xx (529 included). Without an error status, because no
    answer came or because the service reported the error with a success status, true for
    ``ProviderUnavailableError`` and ``ProviderRateLimitError``. Never for an exhausted quota.
    """
    if isinstance(error, ProviderQuotaError):
        return False
    if error.status is None or error.status < 300:
        return isinstance(error, ProviderUnavailableError | ProviderRateLimitError)
    return error.status in _RETRIED or error.status >= 500


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the headers of an error ask to wait, ``None`` if they ask for none.

    Reads ``retry-after-ms``, then ``Retry-After`` as seconds or as a date (RFC 9110, 10.2.3).
    """
    if (milliseconds := _seconds(_truncated_header(headers, "retry-after-ms"))) is not None:
        return milliseconds / 1000
    value = _truncated_header(headers, "retry-after")
    if (seconds := _seconds(value)) is not None:
        return seconds
    return _seconds_until(value) if value else None


def _truncated_header(headers: Mapping[str, str], name: str) -> str:
    # Reading a date can take far longer than it is long.
    return headers.get(name, "")[:_LONGEST_VALUE]


def _seconds_to_wait(tries: int, asked: float | None) -> float:
    if asked is not None:
        return asked
    wait: float = min(_FIRST_WAIT_S * 2**tries, _LONGEST_WAIT_S)
    return wait * (1 - 0.25 * random.random())


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _seconds_until(date: str) -> float | None:
    from datetime import UTC, datetime  # only a date in Retry-After pays for these
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None  # OverflowError: a year or zone beyond all calendars
