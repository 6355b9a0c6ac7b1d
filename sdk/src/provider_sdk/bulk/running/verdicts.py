"""What an error means for a row and for its run."""

from __future__ import annotations

from typing import Literal

from provider_sdk._errors import (
    AllProvidersFailedError,
    BudgetExceededError,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderUnavailableError,
    RegistryError,
)
from provider_sdk._retry import is_retryable
from provider_sdk.bulk.errors import BulkError

Verdict = Literal["again", "failed", "stop"]
"""Send the row again; it has failed for good; or no other row would fare better."""

_STOPS = (
    ProviderAuthError,
    ProviderQuotaError,
    ProviderModelNotFoundError,
    BudgetExceededError,
    RegistryError,
    BulkError,
)
_SLOW = (ProviderRateLimitError, ProviderOverloadedError)


def verdict(error: ProviderError, *, names_model: bool) -> Verdict:
    """Return what becomes of a row after an error.

    A credential, a permission, a quota or a model that is missing is missing for every row; if the
    row itself names the model, it is the row's own failure. A router has failed for good if none of
    its providers may answer later.

    Args:
        error: why the row got no answer.
        names_model: whether the row names its own model.
    """
    if isinstance(error, AllProvidersFailedError):
        return "again" if any(map(_may_pass, causes_of(error))) else "stop"
    if names_model and isinstance(error, ProviderModelNotFoundError):
        return "failed"
    if isinstance(error, _STOPS):
        return "stop"
    return "again" if is_retryable(error) else "failed"


def causes_of(error: ProviderError) -> list[ProviderError]:
    """Return the errors of all providers that a router considered, else the error itself."""
    if isinstance(error, AllProvidersFailedError):
        return [attempt.error for attempt in error.attempts if attempt.error is not None]
    return [error]


def was_slowed(error: ProviderError) -> bool:
    """Whether a service refused the row because there were too many, or it was overloaded."""
    return any(isinstance(cause, _SLOW) for cause in causes_of(error))


def was_unsent(error: ProviderError) -> bool:
    """Whether no service could be reached, so that nothing can have been billed."""
    if isinstance(error, AllProvidersFailedError):
        tried = [attempt.error for attempt in error.attempts if attempt.outcome == "failed"]
        return all(map(_is_unreachable, tried))
    return _is_unreachable(error)


def _may_pass(error: ProviderError) -> bool:
    # A provider that cools down after a failure says only how long.
    return is_retryable(error) or error.retry_after is not None


def _is_unreachable(error: ProviderError | None) -> bool:
    return isinstance(error, ProviderUnavailableError) and error.unreachable
