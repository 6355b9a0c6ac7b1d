"""Reads the errors of Google's services.

Source: https://ai.google.dev/gemini-api/docs/troubleshooting and https://google.aip.dev/193. A body
is ``{"error": {"code", "message", "status", "details"}}``, or a list of one. Whatever else a
gateway answers is read as an error of any service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from provider_sdk import (
    HttpReply,
    ProviderAuthError,
    ProviderError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderUnavailableError,
    default_hint,
)
from provider_sdk.chat_completions import (
    ServiceError,
    error_class,
    read_error,
    read_error_event,
)
from provider_sdk.decoding import (
    decode_json,
    list_of_mappings,
    mapping_or_empty,
    number_or_none,
    text_or_none,
)

KEYS_PAGE = "https://aistudio.google.com/apikey"
LIMITS_PAGE = "https://ai.google.dev/gemini-api/docs/rate-limits"

_BAD_REQUEST = 400
_TOO_MANY = 429
_KEY_REASONS = ("API_KEY_INVALID", "ACCESS_TOKEN_EXPIRED", "CREDENTIALS_MISSING")
# Gateways pass the message on without the details that name the reason.
_REJECTED_KEY = re.compile(r"\bapi key (not valid|not found|expired)", re.IGNORECASE)
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s")
_RETRY_IN = re.compile(r"retry in ([0-9]{1,9}(?:\.[0-9]{1,9})?)(m?s)\b", re.IGNORECASE)
_PER_DAY = re.compile(r"per_?day", re.IGNORECASE)
_PER_MINUTE = re.compile(r"per_?(second|minute|hour)", re.IGNORECASE)
_LOCATION = "location is not supported"
_READ_CHARACTERS = 4000


def is_error_body(body: object) -> bool:
    """Whether a decoded body, or chunk, reports an error whatever its status."""
    return bool(_holder(body))


def parse_error(reply: HttpReply) -> ProviderError:
    """Return (not raise) the error that an unsuccessful reply means."""
    return _error(reply.status, read_error(reply), reply.body)


def error_despite_success(data: bytes) -> ProviderError:
    """Return (not raise) the error in a chunk of a stream, or in a reply with status 200."""
    return _error(None, read_error_event(data), data)


def _error(status: int | None, found: ServiceError, data: bytes) -> ProviderError:
    holder = _holder(_decoded(data))
    details = list_of_mappings(holder.get("details"))
    error = _class(status, found, details)(
        found.message or "the service reports an error without a message",
        status=status,
        request_id=next(filter(None, (text_or_none(d.get("requestId")) for d in details)), None),
    )
    if not isinstance(error, ProviderQuotaError):
        # Of an allowance that is used up for the day, the service says a minute at most.
        error.retry_after = _wait(details, error.message)
    error.hint = _hint(error)
    return error


def _class(
    status: int | None, found: ServiceError, details: list[Mapping[str, Any]]
) -> type[ProviderError]:
    if any(detail.get("reason") in _KEY_REASONS for detail in details):
        return ProviderAuthError
    code = status or found.status
    if code == _BAD_REQUEST and _REJECTED_KEY.search(found.message[:_READ_CHARACTERS]):
        return ProviderAuthError
    limits = " ".join(_limits(details))
    if code == _TOO_MANY and _PER_DAY.search(limits):
        return ProviderQuotaError
    if code == _TOO_MANY and _PER_MINUTE.search(limits):
        return ProviderRateLimitError
    if found.labels & {"cancelled", "aborted", "data_loss"}:
        return ProviderUnavailableError
    return error_class(status, found)


def _limits(details: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the names of the limits that were reached."""
    for detail in details:
        named = [mapping_or_empty(detail.get("metadata")).get("quota_limit")]
        named += [each.get("quotaId") for each in list_of_mappings(detail.get("violations"))]
        yield from (name for name in named if isinstance(name, str))


def _wait(details: list[Mapping[str, Any]], message: str) -> float | None:
    for detail in details:
        delay = detail.get("retryDelay")
        if isinstance(delay, str) and (found := _DURATION.fullmatch(delay)):
            return float(found[1])
        if isinstance(delay, Mapping):
            seconds = number_or_none(delay.get("seconds") or 0)
            return seconds if seconds is not None and seconds >= 0 else None
    if found := _RETRY_IN.search(message[:_READ_CHARACTERS]):
        return float(found[1]) / (1000 if found[2].lower() == "ms" else 1)
    return None


def _hint(error: ProviderError) -> str | None:
    if isinstance(error, ProviderQuotaError):
        return f"Waiting does not help: see {LIMITS_PAGE}, or use another provider."
    if isinstance(error, ProviderAuthError) and not isinstance(error, ProviderPermissionError):
        return f"Check the key at {KEYS_PAGE}."
    if _LOCATION in error.message:
        return "Use another provider: Google does not serve this place."
    return default_hint(error)


def _holder(body: object) -> Mapping[str, Any]:
    if isinstance(body, list):
        body = body[0] if body else None
    error = mapping_or_empty(body).get("error")
    if text := text_or_none(error):
        return {"message": text}
    return mapping_or_empty(error)


def _decoded(data: bytes) -> Any:
    try:
        return decode_json(data)
    except ValueError:
        return None
