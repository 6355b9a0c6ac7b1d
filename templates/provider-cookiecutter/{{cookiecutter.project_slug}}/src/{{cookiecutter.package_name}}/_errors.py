"""Errors: what the service reports, and replies that are not in its protocol."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct
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
from provider_sdk.decoding import decode_json

_T = TypeVar("_T")
_ERRORS: dict[str, tuple[type[ProviderError], str]] = {
{% if cookiecutter.credential == "none" %}
    "key": (ProviderAuthError, "Ask the service for access."),
    "scope": (ProviderPermissionError, "Ask the service for access."),
{% else %}
    "key": (ProviderAuthError, "Check the key."),
    "scope": (ProviderPermissionError, "Ask for permission, or use another key."),
{% endif %}
    "pace": (ProviderRateLimitError, "Wait, then try again."),
    "credit": (ProviderQuotaError, "Add credit: waiting does not help."),
    "model": (ProviderModelNotFoundError, "list_models() knows the models."),
    "request": (ProviderRequestError, "Correct the request."),
    "size": (ContextLengthError, "Shorten the conversation."),
    "busy": (ProviderOverloadedError, "Try again later."),
    "fault": (ProviderUnavailableError, "Try again later."),
    "late": (ProviderTimeoutError, "Stream long answers."),
}


class Failure(Struct):
    """What went wrong, as the service says it."""

    code: str
    message: str = ""


class Refusal(Struct):
    """The body of a reply that reports an error."""

    error: Failure


def read_error(reply: HttpReply) -> ProviderError:
    """Return the error in a reply: the service's, or that of a proxy or gateway before it."""
    try:
        refusal = decode_json(reply.body, Refusal)
    except ValueError:
        return foreign_error(reply)
    return read_failure(refusal.error, reply.status)


def read_failure(failure: Failure, status: int | None = None) -> ProviderError:
    """Return the error that the service reports; the status decides about an unknown code."""
    unknown = error_class_of(status) if status else ProviderResponseError
    kind, hint = _ERRORS.get(failure.code, (unknown, None))
    return kind(failure.message or failure.code, hint=hint)


def decoded(reply: HttpReply, type: type[_T]) -> _T:
    """Return the body of a reply, decoded.

    Raises:
        ProviderResponseError: the body does not have this type.
    """
    try:
        return decode_json(reply.body, type)
    except ValueError as error:
        problem = str(error)
    raise ProviderResponseError(f"the answer is not in the protocol: {problem}")
