"""Errors: what a tagline service reports, and replies that are not tagline."""

from __future__ import annotations

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

from tagline._lines import Line, read_lines

_ERRORS: dict[str, tuple[type[ProviderError], str]] = {
    "key": (ProviderAuthError, "Check the key."),
    "scope": (ProviderPermissionError, "Ask for permission, or use another key."),
    "pace": (ProviderRateLimitError, "Wait, then try again."),
    "credit": (ProviderQuotaError, "Add credit: waiting does not help."),
    "model": (ProviderModelNotFoundError, "list_models() knows the models."),
    "request": (ProviderRequestError, "Correct the request."),
    "size": (ContextLengthError, "Shorten the conversation."),
    "busy": (ProviderOverloadedError, "Try again later."),
    "late": (ProviderTimeoutError, "Stream long answers."),
    "fault": (ProviderUnavailableError, "Try again later."),
}


def read_error(reply: HttpReply) -> ProviderError:
    """Return the error in a reply: the service's, or that of a proxy or gateway before it."""
    try:
        lines = read_lines(reply.body)
    except ValueError:
        lines = []
    errors = [read_failure(line, reply.status) for line in lines if line.tag == "error"]
    return errors[0] if errors else foreign_error(reply)


def read_failure(line: Line, status: int | None = None) -> ProviderError:
    """Return the error that a line reports; the status decides about an unknown code."""
    code, message = line.words(2)
    unknown = error_class_of(status) if status else ProviderResponseError
    kind, hint = _ERRORS.get(code, (unknown, None))
    return kind(message or code, hint=hint)


def decoded(data: bytes) -> list[Line]:
    """Return the lines of a reply's body.

    Raises:
        ProviderResponseError: the body is not tagline.
        ProviderError: one of the lines reports an error.
    """
    try:
        lines = read_lines(data)
    except ValueError as error:
        problem = str(error)
    else:
        for line in lines:
            if line.tag == "error":
                raise read_failure(line)
        return lines
    raise ProviderResponseError(f"the answer is not in the protocol: {problem}")
