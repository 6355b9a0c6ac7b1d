"""Choosing and building the provider for a command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, redirect_stdout
from typing import Any

import click
from provider_sdk import (
    PROVIDER_REGISTRY,
    BaseProvider,
    ManagesModels,
    ProviderError,
    ProviderRequestError,
)

from ollama_cli.choice import PROVIDER_VARIABLE


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


def managing_provider(name: str, timeout: float | None) -> tuple[BaseProvider, ManagesModels]:
    """Build a provider that manages models; return it as what it is, and as what it can do.

    Raises:
        click.UsageError: it does not manage models, or its configuration is invalid.
        Exception: as ``make_provider``.
    """
    provider = make_provider(name, timeout)
    if isinstance(provider, ManagesModels):
        return provider, provider
    raise click.UsageError(
        f"provider {name!r} does not manage models; name one that does, such as --provider ollama"
    )


def find_factory(name: str) -> Callable[..., BaseProvider]:
    """Return what builds the provider.

    Raises:
        RegistryError: no provider has this name, or it cannot be loaded.
    """
    with importing():
        return PROVIDER_REGISTRY[name]


def importing() -> AbstractContextManager[object]:
    """Send what modules of providers print while they are imported to standard error."""
    return redirect_stdout(sys.stderr)


def provider_config(timeout: float | None) -> dict[str, Any]:
    """Return the constructor arguments; without a timeout the provider uses its own."""
    return {} if timeout is None else {"timeout": timeout}


def make_provider(name: str, timeout: float | None) -> BaseProvider:
    """Build the provider.

    Raises:
        RegistryError: no provider has this name, or it cannot be loaded.
        click.UsageError: its configuration is invalid.
        ProviderError: it cannot be built, for example because a credential is missing.
        click.ClickException: it fails in another way.
    """
    factory = find_factory(name)
    failure: click.ClickException
    try:
        return factory(**provider_config(timeout))
    except (TypeError, ValueError, ProviderRequestError) as error:
        failure = click.UsageError(str(error))
    except ProviderError:
        raise
    except Exception as error:  # noqa: BLE001 - code of others, which a user cannot mend
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        failure = click.ClickException(f"provider {name!r} cannot be built: {reason}")
    raise failure
