"""Errors: what the service reports, and replies that are not in its protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import (
    ContextLengthError,
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
    error_class_of,
    foreign_error,
)
from provider_sdk.decoding import decode_json, json_reply, mapping_or_empty, text_or_none

_FAULTS: dict[str, tuple[type[ProviderError], str]] = {
    "unknown_key": (ProviderAuthError, "Check the key."),
    "not_allowed": (ProviderPermissionError, "Use a key that may do this."),
    "slow_down": (ProviderRateLimitError, "Wait, then try again."),
    "no_credit": (ProviderQuotaError, "Buy credit; waiting does not help."),
    "no_engine": (ProviderModelNotFoundError, "list_models() returns the names of the engines."),
    "malformed": (ProviderRequestError, "Correct the request."),
    "too_long": (ContextLengthError, "Shorten the conversation."),
    "busy": (ProviderOverloadedError, "Try again later."),
    "broken": (ProviderUnavailableError, "Try again later."),
    "too_slow": (ProviderTimeoutError, "Ask for a stream, or for a shorter answer."),
}


def read_error(reply: HttpReply) -> ProviderError:
    """Return the error in a reply: the service's, or that of a proxy or gateway before it."""
    try:
        fault = mapping_or_empty(decode_json(reply.body)).get("fault")
    except ValueError:
        fault = None
    if not isinstance(fault, Mapping):
        return foreign_error(reply)
    return read_fault(fault, error_class_of(reply.status))


def read_fault(
    fault: object, unknown: type[ProviderError] = ProviderResponseError
) -> ProviderError:
    """Return the error for the service's own description of it.

    Args:
        fault: the value of ``fault`` in a body or in a record of a stream.
        unknown: the class of the error if its kind is not known.
    """
    fields = mapping_or_empty(fault)
    kind = text_or_none(fields.get("kind"))
    error_class, hint = _FAULTS.get(kind or "", (unknown, None))
    return error_class(text_or_none(fields.get("text")) or kind or "unknown fault", hint=hint)


def checked(reply: HttpReply) -> Mapping[str, Any]:
    """Return the body of a successful reply.

    Raises:
        ProviderResponseError: it is not a JSON object.
        ProviderError: it reports an error in spite of its status.
    """
    body = json_reply(reply)
    if not isinstance(body, Mapping):
        raise ProviderResponseError("the answer is not a JSON object")
    if "fault" in body:
        raise read_fault(body["fault"])
    return body
