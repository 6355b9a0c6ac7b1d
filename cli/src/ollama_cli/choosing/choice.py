"""Who is to answer a question, with which model: who was named, or whom the router finds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ollama_cli.choosing.aliases import Later, Meaning, Providers, meaning_of

if TYPE_CHECKING:
    from ollama_cli.choosing.known_providers import KnownProviders

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
        note: how an ambiguous name of the model was taken; ``""`` if it was not ambiguous.
    """

    task: str
    provider: str | None
    source: str
    model: str | None = None
    note: str = ""


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
    from ollama_cli.choosing.known_providers import (
        KnownProviders,  # imports the SDK; help needs the tasks
    )

    providers = KnownProviders(settings)
    asked = [Place(provider, "--provider", model, "-m"), *([saved_prompt] if saved_prompt else [])]
    of_task, of_all = _of_task(settings, task or DEFAULT_TASK), _of_all(settings)
    by_task = _meant([*asked, *of_task, *of_all], settings, providers)
    found = by_task if task else _meant([*asked, *of_all, *of_task], settings, providers)
    named, source = found[0].later
    nothing = _Meant(Later(), None, "")
    # What was asked for is meant for whoever is named; a task's own model counts before all others.
    meant = [*found[: len(asked)], *by_task[len(asked) :]]
    asked_for = next((each for each in meant if each.id and each.later.provider == named), nothing)
    if named is None and asked_for.id:
        _refuse_misspelt(asked_for.id, providers)
    return Choice(task or DEFAULT_TASK, named, source, asked_for.id, asked_for.note)


def continuing(choice: Choice, session: str, provider: str, model: str | None) -> Choice:
    """Return who answers in a session: who answered last, as far as nothing names another.

    Args:
        choice: who is named.
        session: the id of the session.
        provider: who answered last.
        model: the model that was asked last.
    """
    if choice.provider not in (None, provider):
        return choice
    source = choice.source or f"the session {session}"
    return choice._replace(provider=provider, source=source, model=choice.model or model)


def with_provider(
    choice: Choice, settings: Mapping[str, Any], provider: str | None, source: str
) -> Choice:
    """Return who answers from now on, with the model that the settings name for this provider.

    Args:
        choice: who answered so far.
        settings: the user's settings, which a router has checked.
        provider: the provider; ``None`` for whom the variables and settings name.
        source: what names it.
    """
    found = choose(settings, provider, choice.task)
    return found if provider is None else found._replace(source=source)


def with_model(
    choice: Choice, settings: Mapping[str, Any], model: str | None, source: str
) -> Choice:
    """Return who answers from now on: another model, and its provider if it names one.

    Args:
        choice: who answered so far; the model is taken for one of its provider.
        settings: the user's settings, which a router has checked.
        model: an alias, ``provider/model`` or an id; ``None`` for the provider's default.
        source: what names it, for errors.

    Raises:
        click.UsageError: the name has a form that means nothing.
    """
    from ollama_cli.choosing.known_providers import KnownProviders

    if model is None:
        return choice._replace(model=None, note="")
    providers = KnownProviders(settings)
    later = Later(choice.provider, choice.source)
    found = meaning_of(model, source, settings, providers, beside=None, later=later)
    if found.provider is None:
        if choice.provider is None:
            _refuse_misspelt(found.model, providers)
        return choice._replace(model=found.model, note=found.note)
    named = choice.source if found.provider == choice.provider else source
    return Choice(choice.task, found.provider, named, found.model, found.note)


def with_models_resolved(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings in which no model is an alias or names a provider: a router knows neither.

    Args:
        settings: the user's settings, which a router has checked.

    Raises:
        click.UsageError: the name of a model has a form that means nothing.
    """
    from ollama_cli.choosing.known_providers import KnownProviders

    providers = KnownProviders(settings)

    def resolved(chosen: Mapping[str, Any], where: str, later: Later) -> Mapping[str, Any]:
        place = _of_settings(chosen, where)
        if not place.model:
            return chosen
        found = _meaning(place, settings, providers, later)
        return {**chosen, "provider": place.provider or found.provider, "model": found.model}

    of_all = dict(resolved(settings, "", Later()))
    if tasks := of_all.get("tasks"):
        later = Later(of_all.get("provider"))
        of_all["tasks"] = {
            task: chosen and resolved(chosen, f"tasks.{task}.", later)
            for task, chosen in tasks.items()
        }
    return of_all


class _Meant(NamedTuple):
    """What a place means: who is named in it or else after it, and its model."""

    later: Later
    id: str | None
    note: str


def _meant(
    places: Sequence[Place], settings: Mapping[str, Any], providers: Providers
) -> list[_Meant]:
    """Return what each of these places, which are in order, means."""
    found: list[_Meant] = []
    later = Later()
    for place in reversed(places):
        id, note, named = None, "", Later(place.provider or None, place.source)
        if place.model:
            meaning = _meaning(place, settings, providers, later)
            id, note = meaning.model, meaning.note
            if not place.provider:
                named = Later(meaning.provider, meaning.source)
        later = named if named.provider else later
        found.append(_Meant(later, id, note))
    return found[::-1]


def _meaning(
    place: Place, settings: Mapping[str, Any], providers: Providers, later: Later
) -> Meaning:
    assert place.model, "only a place with a model has a meaning"
    return meaning_of(
        place.model,
        place.model_source,
        settings,
        providers,
        beside=place.provider or None,
        later=later,
    )


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
