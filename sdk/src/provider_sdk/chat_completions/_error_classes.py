"""Chooses the exception class for what a service says."""

from __future__ import annotations

from provider_sdk._errors import (
    ContextLengthError,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderUnavailableError,
    error_class_of,
)
from provider_sdk.chat_completions._error_labels import (
    class_of_labels,
    is_credential_label,
    is_model_label,
    is_overload_label,
    is_quota_label,
    is_too_long_label,
)
from provider_sdk.chat_completions._error_words import (
    means_overload,
    means_quota,
    means_rate_limit,
    means_too_long,
    means_unknown_model,
)
from provider_sdk.chat_completions._errors import ServiceError

_VAGUE = (ProviderUnavailableError, ProviderRequestError, ProviderResponseError)


def error_class(status: int | None, error: ServiceError) -> type[ProviderError]:
    """Return the class for a status (``None`` inside a stream) and what the service says."""
    said, labels = error.message, error.labels
    if status == 402 or is_quota_label(labels, said):
        return ProviderQuotaError
    if is_model_label(labels):
        return ProviderModelNotFoundError
    if (status is None or status >= 400) and means_quota(said):
        return ProviderQuotaError
    if is_credential_label(labels):
        return ProviderAuthError
    if status in (None, 400, 413, 422, 500) and (is_too_long_label(labels) or means_too_long(said)):
        return ContextLengthError
    if status in (None, 400, 422) and means_unknown_model(said):
        return ProviderModelNotFoundError
    if status is None:
        return _class_in_stream(error)
    found = error_class_of(status)
    return ProviderOverloadedError if found in _VAGUE and is_overload_label(labels) else found


def _class_in_stream(error: ServiceError) -> type[ProviderError]:
    if error.status is not None:
        return error_class(error.status, error)
    if is_overload_label(error.labels) or means_overload(error.message):
        return ProviderOverloadedError
    if means_rate_limit(error.message):
        return ProviderRateLimitError
    return class_of_labels(error.labels) or ProviderResponseError
