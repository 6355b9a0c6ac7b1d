import asyncio

import click
import provider_sdk
import pytest
from ollama_cli.command_line.exit_codes import (
    EXIT_CODES,
    HUNG_UP,
    MEANINGS,
    ROWS_FAILED,
    TERMINATED,
    exit_code,
)

CODES = {
    "ProviderError": 1,
    "ProviderAuthError": 3,
    "ProviderPermissionError": 3,
    "ProviderUnavailableError": 4,
    "ProviderTimeoutError": 4,
    "ProviderOverloadedError": 4,
    "AllProvidersFailedError": 4,
    "ProviderModelNotFoundError": 5,
    "ProviderRateLimitError": 6,
    "ProviderQuotaError": 6,
    "BudgetExceededError": 6,
    "ProviderRequestError": 7,
    "ContextLengthError": 7,
    "UnsupportedCapabilityError": 7,
    "ProviderResponseError": 8,
    "StreamInterruptedError": 8,
    "StreamTimeoutError": 8,
    "RegistryError": 2,
    "UnknownProviderError": 2,
}


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_error_has_its_code(name: str, code: int) -> None:
    """Each error of the contract exits with the code of its kind."""
    assert exit_code(getattr(provider_sdk, name)("no")) == code


def test_every_error_has_a_code() -> None:
    """No error of the contract is forgotten here."""
    errors = [name for name in provider_sdk.__all__ if name.endswith("Error")]

    assert sorted(errors) == sorted(CODES)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (click.UsageError("no"), 2),
        (click.BadParameter("no"), 2),
        (click.Abort(), 130),
        (KeyboardInterrupt(), 130),
        (asyncio.CancelledError(), 130),
        (OSError(), 1),
        (ZeroDivisionError(), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_other_failures_have_a_code(error: BaseException, code: int) -> None:
    """Mistakes in the command line, interruptions and defects have codes too."""
    assert exit_code(error) == code


def test_every_code_has_a_meaning() -> None:
    """Those of signals and of finished bulk runs, too."""
    assert {*EXIT_CODES.values(), HUNG_UP, TERMINATED, ROWS_FAILED, 0, 1} == MEANINGS.keys()
