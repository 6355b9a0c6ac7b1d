"""Who is to answer a question, with which model: who was named, or whom the router finds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ollama_cli.aliases import Providers, meaning_of

if TYPE_CHECKING:
    from ollama_cli.known_providers import KnownProviders

PROVIDER_VARIABLE = "OLLAMA_CLI_PROVIDER"
TASKS = ("coding", "agent", "subagent")
DEFAULT_TASK = "agent"

_NEAR = 0.8
"""How alike a name must be to one that is there, 0 to 1, to be taken for a mistake."""


class Choice(NamedTuple):
    """Who is to answer.

    Attributes:
        task: what the question is for.
        provider: the provider that was named; ``None`` if those of the chain are asked in order.
        source: what named it; ``""`` if nothing did.
        model: the id of the model to ask; ``None`` for the default. Without a provider it is for
            the first that is asked.
    """

    task: str
    provider: str | None
    source: str
    model: str | None = None


class Place(NamedTuple):
    """What one place says: the command line, a saved prompt, a variable, or settings.

    Attributes:
        provider: the provider that it names.
        source: what to call that in messages.
        model: the model that it names, which may name a provider too.
        model_source: what to call that in messages.
    """

    provider: str | None
    source: str
    model: str | None = None
    model_source: str = ""


def choose(
    settings: Mapping[str, Any],
    provider: str | None,
    task: str | None,
    model: str | None = None,
    saved_prompt: Place | None = None,
) -> Choice:
    """Return who answers.

    The first that names a provider counts: ``--provider`` or ``-m``, a saved prompt, ``--task``,
    the variable, the setting; else the chain is asked. Without ``--task`` the variables and
    settings of the task ``agent`` count after those for all questions. A model counts for the
    provider that was named in its place, or else in a later one.

    Args:
        settings: the user's settings, which a router has checked.
        provider: the option ``--provider``.
        task: the option ``--task``.
        model: the option ``--model``.
        saved_prompt: what a saved prompt says.

    Raises:
        click.UsageError: the name of a model has a form that means nothing.
    """
    places = [Place(provider, "--provider", model, "-m")]
    places += [saved_prompt] if saved_prompt else []
    if task:
        places += [*_of_task(settings, task), *_of_all(settings)]
    else:
        places += [*_of_all(settings), *_of_task(settings, DEFAULT_TASK)]
    from ollama_cli.known_providers import KnownProviders  # imports the SDK; help needs the tasks

    providers = KnownProviders(settings)
    named, source, id = _decided(places, settings, providers)
    if named is None and id:
        _refuse_misspelt(id, providers)
    return Choice(task or DEFAULT_TASK, named, source, id)


def _decided(
    places: Sequence[Place], settings: Mapping[str, Any], providers: Providers
) -> tuple[str | None, str, str | None]:
    """Return who answers, what names it, and the model, of places in order."""
    found: list[tuple[str | None, str, str | None]] = []
    later, later_source = None, ""
    for place in reversed(places):
        beside, source, id = place.provider or None, place.source, None
        if place.model:
            meant = meaning_of(
                place.model, place.model_source, settings, providers, beside=beside, later=later
            )
            id = meant.model
            if not beside:
                beside, source = meant.provider, meant.source
        if beside:
            later, later_source = beside, source
        found.append((later, later_source, id))
    named, source, _ = found[-1]
    models = (id for other, _, id in reversed(found) if id and other == named)
    return named, source, next(models, None)


def _refuse_misspelt(id: str, providers: KnownProviders) -> None:
    """Raise ``click.UsageError`` for a model of a provider that is nearly called so."""
    name, slash, _ = id.partition("/")
    if not slash:
        return
    import difflib  # only models with a slash pay for it

    if near := difflib.get_close_matches(name.lower(), list(providers), n=1, cutoff=_NEAR):
        raise click.UsageError(
            f"no provider is called {name!r}; did you mean {near[0]!r}? If {id!r} is the whole id "
            "of a model, name its provider, too, with --provider"
        )


def _of_all(settings: Mapping[str, Any]) -> list[Place]:
    return [
        Place(_variable(PROVIDER_VARIABLE), PROVIDER_VARIABLE),
        _of_settings(settings, ""),
    ]


def _of_task(settings: Mapping[str, Any], task: str) -> list[Place]:
    begin = f"OLLAMA_CLI_{task.upper()}_"
    names = (f"{begin}PROVIDER", f"{begin}MODEL")
    variables = Place(_variable(names[0]), names[0], _variable(names[1]), names[1])
    chosen = (settings.get("tasks") or {}).get(task) or {}
    return [variables, _of_settings(chosen, f"tasks.{task}.")]


def _of_settings(chosen: Mapping[str, Any], where: str) -> Place:
    return Place(
        chosen.get("provider"),
        f"the setting '{where}provider'",
        chosen.get("model"),
        f"the setting '{where}model'",
    )


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()
