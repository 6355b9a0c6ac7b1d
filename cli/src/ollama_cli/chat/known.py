"""Names that are known without asking anybody: of providers and of their models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import click

from ollama_cli.chat.shown import shown
from ollama_cli.choosing.known_providers import KnownProviders
from ollama_cli.completion.known import NAME, known_models, remember_models
from ollama_cli.settings.folders import data_folder
from ollama_cli.terminal.near import did_you_mean

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

_VERSION = re.compile(r":.+|-\d{8}|-\d{4}-\d{2}-\d{2}|-latest")
"""What a service may add to the id that was named: a tag, a back end, or a date."""


def provider_names(chat: Chat) -> list[str]:
    """Return the names of all providers, those of the settings too."""
    configured = chat.world.settings.values.get("providers") or {}
    return sorted({*configured, *_installed()})


def require_provider(chat: Chat, name: str) -> None:
    """Raise ``click.UsageError`` if no provider has this name."""
    names = provider_names(chat)
    if name not in names:
        near = did_you_mean(name, names, "there are")
        raise click.UsageError(f"no provider is called {shown(name)}{near}")


def models() -> dict[str, list[str]]:
    """Return the ids of models that were listed before, by provider, in the service's order."""
    folder = data_folder()
    try:
        facts = (folder / NAME).stat() if folder else None
    except OSError:
        return {}
    # The file is read again only if it has changed: completion asks after each key.
    return _models_at(facts and (str(folder), facts.st_mtime_ns, facts.st_size, facts.st_ino))


async def ask_for_models(chat: Chat, provider: str) -> Sequence[str]:
    """Ask a provider for its models, keep their ids for completion, and return them.

    Raises:
        ProviderError: the list cannot be read.
    """
    found = await chat.world.router.get_provider(provider).list_models()
    remember_models(provider, found)
    return found


def is_model(text: str, ids: Sequence[str]) -> bool:
    """Whether a name is one of these ids, or one without its tag or date."""
    return any(
        each == text or (each.startswith(text) and _VERSION.fullmatch(each[len(text) :]))
        for each in ids
    )


@cache
def _installed() -> frozenset[str]:
    """Return the names in the registry, which reads the metadata of all distributions."""
    return frozenset(KnownProviders({}))


@lru_cache(maxsize=1)
def _models_at(_: object) -> dict[str, list[str]]:
    return known_models()
