"""Names that a shell may complete: of providers, models and sessions that are known here."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from ollama_cli.settings.folders import data_folder
from ollama_cli.settings.own_files import NotOwnError, locked, read_own, write_own

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

NAME = "completion.json"

_PROVIDERS = "provider_sdk.providers"  # the SDK's own constant would load the SDK

_LARGEST = 4 << 20
_MOST_MODELS = 2_000
_LONGEST_ID = 300
_MOST_SESSIONS = 50


def remember_models(provider: str, ids: Iterable[str]) -> None:
    """Keep the ids of a provider's models for completion; do nothing if that is not possible."""
    folder = data_folder()
    if folder is None:
        return
    kept = [each for each in ids if len(each) <= _LONGEST_ID][:_MOST_MODELS]
    with suppress(OSError, NotOwnError, ValueError), locked(folder / NAME):
        found = {**known_models(), provider: kept}
        write_own(folder / NAME, json.dumps(found).encode())


def known_models() -> dict[str, list[str]]:
    """Return the ids that were kept, by provider; none if they cannot be read."""
    folder = data_folder()
    if folder is None:
        return {}
    try:
        found = json.loads(read_own(folder / NAME, _LARGEST, follow_links=False))
    except (OSError, NotOwnError, ValueError, RecursionError):
        return {}
    if not isinstance(found, Mapping):
        return {}
    return {
        name: [each for each in ids if isinstance(each, str)]
        for name, ids in found.items()
        if isinstance(ids, list)
    }


def providers(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Return the names of providers that are installed or that the user's settings describe."""
    from ollama_cli.command_line.catalogue import entry_points
    from ollama_cli.settings.files import SettingsError, read_user_settings

    configured: object = {}
    with suppress(SettingsError):
        configured = read_user_settings().values.get("providers")
    own = configured if isinstance(configured, Mapping) else {}
    installed = (name for _, name, _ in entry_points(_PROVIDERS))
    return _items(sorted({*own, *installed}), incomplete)


def models(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Return the models of the provider that is named, else all with the name of theirs."""
    known = known_models()
    if name := _named_provider(ctx):
        return _items(known.get(name, []), incomplete)
    return _items([f"{name}/{id}" for name, ids in known.items() for id in ids], incomplete)


def sessions(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Return the ids of sessions, the newest first, with their titles."""
    from ollama_cli.conversation.store import Store
    from ollama_cli.terminal.escapes import on_one_line

    with Store.open(create=False) as store:
        found = store.sessions(_MOST_SESSIONS)
    titles = {each.id: on_one_line(each.title or "") for each in found}
    return _items(titles, incomplete, titles)


def _named_provider(ctx: click.Context) -> str | None:
    from ollama_cli.choosing.choice import PROVIDER_VARIABLE

    places = [ctx, *([ctx.parent] if ctx.parent else [])]
    named = next(filter(None, (place.params.get("provider") for place in places)), None)
    return named or os.environ.get(PROVIDER_VARIABLE, "").strip() or None


def _items(
    names: Iterable[str], incomplete: str, helps: Mapping[str, str] | None = None
) -> list[CompletionItem[str]]:
    from click.shell_completion import CompletionItem

    # One that begins with a dash would be taken for an option.
    found = (name for name in names if name.startswith(incomplete) and name[:1] != "-")
    return [CompletionItem(name, help=(helps or {}).get(name)) for name in found]
