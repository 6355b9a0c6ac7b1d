"""The exit code of every failure."""

from __future__ import annotations

import click
from provider_sdk import (
    ProviderAuthError,
    ProviderModelNotFoundError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderUnavailableError,
    RegistryError,
)

OTHER = 1
USAGE = 2
CREDENTIAL = 3
UNAVAILABLE = 4
MODEL_NOT_FOUND = 5
LIMIT = 6
REJECTED = 7
BROKEN_ANSWER = 8
INTERRUPTED = 130

EXIT_CODES: dict[type[BaseException], int] = {
    click.UsageError: USAGE,
    RegistryError: USAGE,
    ProviderAuthError: CREDENTIAL,
    ProviderUnavailableError: UNAVAILABLE,
    ProviderModelNotFoundError: MODEL_NOT_FOUND,
    ProviderRateLimitError: LIMIT,
    ProviderQuotaError: LIMIT,
    ProviderRequestError: REJECTED,
    ProviderResponseError: BROKEN_ANSWER,
    click.Abort: INTERRUPTED,
    KeyboardInterrupt: INTERRUPTED,
}
"""Each class stands for its subclasses too; whatever is not here is ``OTHER``."""


def exit_code(error: BaseException) -> int:
    """Return the code of the class that is nearest among the error's ancestors."""
    ancestors = type(error).__mro__
    return next((EXIT_CODES[kind] for kind in ancestors if kind in EXIT_CODES), OTHER)
