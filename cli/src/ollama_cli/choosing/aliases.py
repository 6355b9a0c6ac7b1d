"""What the name of a model means: an alias, a provider and its model, or a model's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import click


class Providers(Protocol):
    """The providers that there are."""

    def __contains__(self, name: object, /) -> bool:
        """Whether there is a provider with this name."""
        ...

    def has_slashes(self, name: str, /) -> bool:
        """Whether its own models have names with a slash, as those of a hub have."""
        ...


class Meaning(NamedTuple):
    """What the name of a model stands for.

    Attributes:
        provider: the provider that it names; ``None`` if it names none.
        model: the model's id.
        source: what names the provider, for messages; ``""`` if nothing does.
        note: how an ambiguous name was taken, and how to write the other meaning; else ``""``.
    """

    provider: str | None
    model: str
    source: str = ""
    note: str = ""


class Later(NamedTuple):
    """The provider that would answer if the model did not name one.

    Attributes:
        provider: its name; ``None`` for those of the chain.
        source: what names it.
    """

    provider: str | None = None
    source: str = ""


def meaning_of(
    text: str,
    source: str,
    settings: Mapping[str, Any],
    providers: Providers,
    *,
    beside: str | None,
    later: Later,
) -> Meaning:
    """Return what the name of a model stands for.

    An alias is replaced first, once. Then ``NAME/MODEL`` names a provider if one is called so. But
    who names a provider beside it, as ``--provider`` does, has written the model's whole id. And
    if a provider is named elsewhere whose own models have a slash in their names, the whole is
    one of those: ``openai/gpt-oss-120b`` of a hub. Only its own name before such an id is not part
    of it.

    Args:
        text: the name, which is not empty.
        source: where it was written, for errors.
        settings: the settings, for their aliases.
        providers: the providers that there are.
        beside: the provider that was named in the same place.
        later: the provider that would answer otherwise.

    Raises:
        click.UsageError: there is no model after the slash, or an alias names another provider than
            the one beside it.
    """
    alias = (settings.get("aliases") or {}).get(text)
    whole = alias or text
    name, slash, model = whole.partition("/")
    # Last: to find out which providers are installed takes milliseconds.
    if not slash or (beside and alias is None) or name not in providers:
        return Meaning(None, whole)
    named = beside or later.provider
    if named and providers.has_slashes(named) and not (name == named and "/" in model):
        return Meaning(None, whole, note=_taken_whole(whole, later))
    if alias is not None:
        source = f"the alias {text!r}"
    if not model:
        raise click.UsageError(
            f"{source} names the provider {name} and no model: {whole!r}; write {name}/MODEL"
        )
    if beside and beside != name:
        raise click.UsageError(
            f"{source} stands for {whole!r}, a model of {name}, but {beside} is named beside it; "
            "leave one of them out"
        )
    return Meaning(name, model, source, _taken_apart(whole, later))


def _taken_whole(text: str, later: Later) -> str:
    name, _, model = text.partition("/")
    if later.provider in (None, name):
        return ""
    return (
        f"{text!r} is taken for a model of {later.provider}, which {later.source} names; for the "
        f"provider {name}, write --provider {name} -m {model}"
    )


def _taken_apart(text: str, later: Later) -> str:
    name, _, _ = text.partition("/")
    if later.provider in (None, name):
        return ""
    return (
        f"{text!r} is taken for a model of {name}; for one of {later.provider}, which "
        f"{later.source} names, write --provider {later.provider} -m {text}"
    )
