"""Reads the errors of the Messages API.

Source: https://docs.anthropic.com/en/api/errors. A body is ``{"type": "error", "error": {"type",
"message", "details"?}, "request_id"?}``. Whatever else a gateway answers is read as an error of
any service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import (
    HttpReply,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    default_hint,
)
from provider_sdk.chat_completions import (
    ServiceError,
    error_class,
    read_error,
    read_error_event,
)
from provider_sdk.decoding import decode_json, mapping_or_empty, text_or_none

KEYS_PAGE = "https://platform.claude.com/settings/keys"
BILLING_PAGE = "https://platform.claude.com/settings/billing"

_BY_TYPE: Mapping[str, type[ProviderError]] = {
    "authentication_error": ProviderAuthError,
    "billing_error": ProviderQuotaError,
    "permission_error": ProviderPermissionError,
    "not_found_error": ProviderModelNotFoundError,
    "rate_limit_error": ProviderRateLimitError,
    "request_too_large": ProviderRequestError,
    "timeout_error": ProviderTimeoutError,
    "overloaded_error": ProviderOverloadedError,
    "api_error": ProviderUnavailableError,
}
_VAGUE = frozenset({"invalid_request_error", "api_error"})
_QUOTA_CODES = ("spend_limit", "billing", "credit")
_TOO_LARGE = "The request is larger than the service reads: send less text, or smaller images."
_FORCED = "A model cannot think and be forced to call a tool: leave out one of the two options."


def is_error_body(body: object) -> bool:
    """Whether a decoded body, or event, reports an error whatever its status."""
    found = mapping_or_empty(body)
    return found.get("type") == "error" or bool(found.get("error"))


def parse_error(reply: HttpReply) -> ProviderError:
    """Return (not raise) the error that an unsuccessful reply means."""
    return _error(reply.status, read_error(reply), reply.body)


def error_despite_success(data: bytes) -> ProviderError:
    """Return (not raise) the error in an event of a stream, or in a reply with status 200."""
    return _error(None, read_error_event(data), data)


def _error(status: int | None, found: ServiceError, data: bytes) -> ProviderError:
    body = _decoded(data)
    holder = mapping_or_empty(body.get("error"))
    error = _class(status, found, holder)(
        found.message or "the service reports an error without a message",
        status=status,
        request_id=text_or_none(body.get("request_id")),
        retry_after=found.wait_s,
    )
    error.hint = _hint(error, holder)
    return error


def _class(
    status: int | None, found: ServiceError, holder: Mapping[str, Any]
) -> type[ProviderError]:
    code = str(mapping_or_empty(holder.get("details")).get("error_code") or "")
    if any(word in code for word in _QUOTA_CODES):
        return ProviderQuotaError
    label = text_or_none(holder.get("type")) or ""
    if label in _BY_TYPE and label not in _VAGUE:
        return _BY_TYPE[label]
    # The message says more: credit that is used up, and a prompt that is too long.
    general = error_class(status, found)
    unknown = status is None and general is ProviderResponseError
    return _BY_TYPE.get(label, general) if unknown else general


def _hint(error: ProviderError, holder: Mapping[str, Any]) -> str | None:
    if holder.get("type") == "request_too_large":
        return _TOO_LARGE
    if isinstance(error, ProviderQuotaError):
        return f"Waiting does not help: see {BILLING_PAGE}, or use another provider."
    if isinstance(error, ProviderAuthError) and not isinstance(error, ProviderPermissionError):
        return f"Check the key at {KEYS_PAGE}."
    return _FORCED if "tool_choice forces tool use" in error.message else default_hint(error)


def _decoded(data: bytes) -> Mapping[str, Any]:
    try:
        return mapping_or_empty(decode_json(data))
    except ValueError:
        return {}
