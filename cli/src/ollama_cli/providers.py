"""The provider that was named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from provider_sdk import PROVIDER_REGISTRY, BaseProvider

PROVIDER_VARIABLE = "OLLAMA_CLI_PROVIDER"


def provider_name(option: str | None) -> str:
    """Return the option, else the variable.

    Raises:
        click.UsageError: neither names a provider.
    """
    if name := option or os.environ.get(PROVIDER_VARIABLE, "").strip():
        return name
    installed = ", ".join(PROVIDER_REGISTRY) or "none"
    raise click.UsageError(
        f"no provider is named: pass --provider or set {PROVIDER_VARIABLE} (installed: {installed})"
    )


def provider_config(timeout: float | None) -> dict[str, Any]:
    """Return the keywords for the constructor; what was not asked for is left to the provider."""
    return {} if timeout is None else {"timeout": timeout}


def make_provider(name: str, timeout: float | None) -> BaseProvider:
    """Build the provider.

    Raises:
        RegistryError: no provider has that name, or it cannot be loaded.
        click.UsageError: its configuration makes no sense.
        ProviderError: it cannot be built, for want of a credential for example.
    """
    factory = PROVIDER_REGISTRY[name]
    with usage_errors(TypeError, ValueError):
        return factory(**provider_config(timeout))


@contextmanager
def usage_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Make usage errors of the exceptions with which a provider refuses a setting."""
    try:
        yield
    except kinds as error:
        problem = str(error)
    else:
        return
    raise click.UsageError(problem)
