"""The provider that a command is about, other than a question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import click
from provider_sdk import BaseProvider, ManagesModels, ProviderRouter

from ollama_cli.choosing.choice import PROVIDER_VARIABLE, choose
from ollama_cli.choosing.importing import importing
from ollama_cli.choosing.routing import build, load_settings, make_router


@dataclass(frozen=True, slots=True)
class Named:
    """A provider that was named.

    Attributes:
        name: its name.
        source: what named it.
        router: makes it, as the user's settings describe it.
        timeout: the option ``--timeout``; without it the provider uses its own.
        model: the id of the model that the command is about; ``""`` if it is about none.
    """

    name: str
    source: str
    router: ProviderRouter
    timeout: float | None
    model: str = ""

    def make(self) -> BaseProvider:
        """Build the provider.

        Raises:
            RegistryError: no provider has this name, or it cannot be loaded or built.
            click.UsageError: its configuration is invalid, or the settings forbid it.
            ProviderError: it has no credential.
        """
        arguments: dict[str, Any] = {} if self.timeout is None else {"timeout": self.timeout}
        make = partial(self.router.make_provider, **arguments)
        with importing():
            return build(make, self.name, self.source)

    def make_manager(self) -> tuple[BaseProvider, ManagesModels]:
        """Build a provider that manages models; return it as what it is, and as what it can do.

        Raises:
            click.UsageError: it does not manage models, or as ``make``.
            Exception: as ``make``.
        """
        provider = self.make()
        if isinstance(provider, ManagesModels):
            return provider, provider
        raise click.UsageError(
            f"provider {self.name!r} does not manage models; name one that does, such as "
            "--provider ollama"
        )


def named(
    option: str | None, timeout: float | None, output_format: str, model: str | None = None
) -> Named:
    """Return the provider that the option or the model names, else the variable, else the settings.

    Args:
        option: the option ``--provider``.
        timeout: the option ``--timeout``.
        output_format: the form of lines on standard error.
        model: the model that the command is about: an alias, ``provider/model``, or an id.

    Raises:
        SettingsError: the settings are broken.
        click.UsageError: none of them names a provider.
    """
    settings = load_settings(output_format)
    router = make_router(settings)
    choice = choose(settings.values, option, None, model)
    if choice.provider is not None:
        about = (choice.model or "") if model else ""
        return Named(choice.provider, choice.source, router, timeout, about)
    raise click.UsageError(
        f"no provider is named: pass --provider, or set {PROVIDER_VARIABLE} or the setting "
        "'provider'; 'ollama-cli providers' lists the names"
    )
