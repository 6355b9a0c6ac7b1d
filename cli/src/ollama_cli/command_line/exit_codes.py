"""The exit code for each kind of error."""

from __future__ import annotations

from asyncio import CancelledError

import click
from provider_sdk import (
    BudgetExceededError,
    ProviderAuthError,
    ProviderModelNotFoundError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderUnavailableError,
    RegistryError,
)

from ollama_cli.hooks import DeniedByHookError
from ollama_cli.processes import interrupts
from ollama_cli.processes.interrupts import HUNG_UP, INTERRUPTED, TERMINATED
from ollama_cli.settings.files import SettingsError

OTHER = 1
USAGE = 2
CREDENTIAL = 3
UNAVAILABLE = 4
MODEL_NOT_FOUND = 5
LIMIT = 6
REJECTED = 7
BROKEN_ANSWER = 8
ROWS_FAILED = 9

EXIT_CODES: dict[type[BaseException], int] = {
    click.UsageError: USAGE,
    SettingsError: USAGE,
    RegistryError: USAGE,
    ProviderAuthError: CREDENTIAL,
    ProviderUnavailableError: UNAVAILABLE,
    ProviderModelNotFoundError: MODEL_NOT_FOUND,
    ProviderRateLimitError: LIMIT,
    ProviderQuotaError: LIMIT,
    BudgetExceededError: LIMIT,
    ProviderRequestError: REJECTED,
    DeniedByHookError: REJECTED,
    ProviderResponseError: BROKEN_ANSWER,
    click.Abort: INTERRUPTED,
    KeyboardInterrupt: INTERRUPTED,
    CancelledError: INTERRUPTED,
}
"""Each class includes its subclasses; any other error is ``OTHER``."""

MEANINGS: dict[int, str] = {
    0: "it worked",
    OTHER: "any other error, also a result that cannot be written",
    USAGE: "wrong usage, or settings that cannot be used",
    CREDENTIAL: "the credential is missing, is rejected, or does not permit this",
    UNAVAILABLE: "the service cannot be reached, took too long or is overloaded, or no provider "
    "could answer",
    MODEL_NOT_FOUND: "the service does not have the model",
    LIMIT: "a rate limit, a quota or a budget is reached",
    REJECTED: "the service rejected the request, or a hook denied it",
    BROKEN_ANSWER: "the answer is broken or incomplete",
    ROWS_FAILED: "a bulk run is finished, and some of its rows failed",
    HUNG_UP: "ended because its terminal was closed (SIGHUP)",
    INTERRUPTED: "interrupted with Ctrl-C",
    TERMINATED: "ended by another program, such as kill (SIGTERM)",
}
"""What each exit code says."""


def exit_code(error: BaseException) -> int:
    """Return the code of the error's class, or of its nearest base class that has one.

    A signal that ends the command decides, whatever error it leads to.
    """
    return interrupts.code() if is_interrupt(error) else _code(error)


def is_interrupt(error: BaseException) -> bool:
    """Whether Ctrl-C or a signal ended the command, rather than an error of its own."""
    return interrupts.is_ending() or _code(error) == INTERRUPTED


def _code(error: BaseException) -> int:
    ancestors = type(error).__mro__
    return next((EXIT_CODES[kind] for kind in ancestors if kind in EXIT_CODES), OTHER)
