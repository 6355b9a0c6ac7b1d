"""Choosing and building the provider for a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from provider_sdk import PROVIDER_REGISTRY, BaseProvider, ProviderRequestError

PROVIDER_VARIABLE = "OLLAMA_CLI_PROVIDER"


def provider_name(option: str | None) -> str:
    """Return the name from the option, else from ``OLLAMA_CLI_PROVIDER``.

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
    """Return the constructor arguments; without a timeout the provider uses its own."""
    return {} if timeout is None else {"timeout": timeout}


def make_provider(name: str, timeout: float | None) -> BaseProvider:
    """Build the provider.

    Raises:
        RegistryError: no provider has this name, or it cannot be loaded.
        click.UsageError: its configuration is invalid.
        ProviderError: it cannot be built, for example because a credential is missing.
    """
    factory = PROVIDER_REGISTRY[name]
    with usage_errors(TypeError, ValueError, ProviderRequestError):
        return factory(**provider_config(timeout))


@contextmanager
def usage_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Turn these exceptions, with which a provider rejects a setting, into usage errors."""
    try:
        yield
    except kinds as error:
        problem = str(error)
    else:
        return
    raise click.UsageError(problem)
