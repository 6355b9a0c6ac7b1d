"""The router of a command: made of the user's settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from provider_sdk import (
    BaseProvider,
    ChooseCredential,
    Observer,
    ProviderRequestError,
    ProviderRouter,
    TransportName,
    UnknownProviderError,
    prefer_transport,
)

from ollama_cli.choosing.choice import Choice, with_models_resolved
from ollama_cli.choosing.importing import importing
from ollama_cli.command_line import options
from ollama_cli.keys.choosing import KeyChooser
from ollama_cli.settings.files import Settings, SettingsError, read_settings
from ollama_cli.settings.keys import router_settings
from ollama_cli.settings.project import ENV_FILE
from ollama_cli.terminal.output import warn

if TYPE_CHECKING:
    from provider_sdk import ProviderDescription

QUICK_TRANSPORT: TransportName = "httpx"
"""The HTTP library of whatever sends few requests: it is imported sooner."""

ASKED = ("would answer", "next")
"""The states of candidates that may be asked, in a router that has asked nobody yet."""


def load_settings(output_format: str, *, verbose: bool = False) -> Settings:
    """Return the settings, and set what the ``.env`` of a trusted project may set.

    What is ignored is a line on standard error. With ``verbose`` that goes for variables, too.

    Raises:
        SettingsError: they are broken.
    """
    settings = read_settings()
    for note in settings.notes:
        warn(note, output_format)
    ignored = None if settings.project is None else set_variables(settings)
    if ignored and verbose:
        warn(ignored, output_format)
    return settings


def set_variables(settings: Settings) -> str | None:
    """Set what the ``.env`` of the trusted project may set, and nothing else that one has set.

    Returns:
        A line that names what it does not set; ``None`` if it sets all.
    """
    from ollama_cli.settings.dotenv import set_missing, variables_of

    project = settings.project
    content = project.files.get(ENV_FILE) if project else None
    if project is None or not content:
        set_missing({})
        return None
    with importing():
        found = variables_of(content, settings.user, project.settings)
    set_missing(found.set)
    if not found.ignored:
        return None
    return f"{project.root / ENV_FILE} does not set {', '.join(found.ignored)}"


def make_router(
    settings: Settings,
    observer: Observer | None = None,
    choose_credential: ChooseCredential | None = None,
    *,
    many_calls: bool = False,
) -> ProviderRouter:
    """Return a router over the settings.

    Args:
        settings: the user's settings.
        observer: is told what becomes of each attempt.
        choose_credential: chooses credentials; by default a key that is stored counts if a provider
            finds none.
        many_calls: whether thousands of requests will be sent. aiohttp, if it is there, makes up
            for its import then, which takes a tenth of a second longer than that of httpx.

    Raises:
        SettingsError: a value in the settings is wrong.
        click.UsageError: the name of a model in them has a form that means nothing.
    """
    try:
        ProviderRouter(router_settings(settings.values))  # checks them
    except ValueError as error:
        problem = str(error).removeprefix("settings: ")
    else:
        prefer_transport(None if many_calls else QUICK_TRANSPORT)
        resolved = with_models_resolved(settings.values)
        choose = choose_credential or _chooser(settings)
        return ProviderRouter(
            router_settings(resolved), observer=observer, choose_credential=choose
        )
    raise SettingsError(_wrong_file(settings), problem)


def described(settings: Settings) -> list[ProviderDescription]:
    """Return what is known of each provider, with the keys that are stored.

    Raises:
        RegistryError: the setting ``providers`` is not a mapping.
    """
    from provider_sdk import describe_providers  # a question does not need it

    with importing():
        return describe_providers(
            router_settings(settings.values), choose_credential=_chooser(settings)
        )


def insecure_http(settings: Settings) -> bool:
    """Whether the user permits credentials over plain http, by the option or the setting."""
    return options.insecure_http_given() or bool(settings.values.get("insecure_http"))


def _chooser(settings: Settings) -> KeyChooser:
    return KeyChooser(insecure_http=insecure_http(settings))


def _wrong_file(settings: Settings) -> Path | None:
    """Return which of the files has a value that no router takes."""
    try:
        ProviderRouter(router_settings(settings.user))
    except ValueError:
        return settings.path
    return settings.project_path or settings.path


def candidates(router: ProviderRouter, choice: Choice) -> list[str]:
    """Build all that may be asked; return their names, the first to be asked first.

    What is wrong with a named provider is found here, before standard input is awaited. The list
    is empty if nobody can be asked.

    Raises:
        RegistryError: a name is unknown, or what it names cannot be loaded or built.
        click.UsageError: the configuration of a named provider is invalid.
        ProviderError: a named provider has no credential.
    """
    with importing():
        if choice.provider is not None:
            build(router.get_provider, choice.provider, choice.source)
            return [choice.provider]
        return [each.provider for each in router.explain(choice.task) if each.state in ASKED]


def can_stream(router: ProviderRouter, names: Sequence[str]) -> bool:
    """Whether each of them can stream: none is passed over only because streaming is the default.

    Args:
        router: has built them.
        names: those that may be asked.
    """
    with importing():
        return all("streaming" in router.get_provider(name).capabilities for name in names)


def build(make: Callable[[str], BaseProvider], name: str, source: str) -> BaseProvider:
    """Build a provider that was named, and return it.

    Args:
        make: a method of a router.
        name: the name.
        source: what named it.

    Raises:
        RegistryError: the name is unknown, or what it names cannot be loaded or built.
        click.UsageError: its configuration is invalid, or the settings forbid it.
        ProviderError: it has no credential.
    """
    try:
        return make(name)
    except UnknownProviderError as error:
        if source != "--provider":
            error.hint = f"It is named by {source}."
        raise
    except ProviderRequestError as error:
        problem = str(error)
    raise click.UsageError(problem)
