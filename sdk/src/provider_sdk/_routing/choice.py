"""Who is to answer a call, and with which model: arguments, variables, settings."""

from __future__ import annotations

import os
from typing import NamedTuple

from provider_sdk._routing.settings import Choice, RouterSettings


class Chosen(NamedTuple):
    """The provider and the model of a call.

    Attributes:
        provider: who was named, ``None`` for the chain.
        model: the model that was named, ``None`` for the default.
        source: where the provider was named, for errors.
    """

    provider: str | None
    model: str | None
    source: str


def choose(task: str, provider: str | None, model: str | None, settings: RouterSettings) -> Chosen:
    """Return who answers: the arguments, else the task's variables, its settings, the settings.

    A model counts only together with the provider that it was named for: what the same place
    names, or else the places after it. ``OLLAMA_CLI_CODING_MODEL`` for example is not asked of a
    provider that an argument names, unless the variables or settings name the same.
    """
    places = _places(task, Choice(provider, model), settings)
    named = next(((source, said.provider) for source, said in places if said.provider), None)
    chosen = named[1] if named else None
    for position, (_, said) in enumerate(places):
        if said.model and _provider_from(places[position:]) == chosen:
            return Chosen(chosen, said.model, named[0] if named else "")
    return Chosen(chosen, None, named[0] if named else "")


def _places(
    task: str, arguments: Choice, settings: RouterSettings
) -> tuple[tuple[str, Choice], ...]:
    variable = f"OLLAMA_CLI_{task.upper()}_"
    environment = Choice(_variable(f"{variable}PROVIDER"), _variable(f"{variable}MODEL"))
    return (
        ("the argument `provider`", arguments),
        (f"the environment variable {variable}PROVIDER", environment),
        (f"the setting tasks.{task}.provider", settings.tasks.get(task, Choice())),
        ("the setting provider", settings.choice),
    )


def _provider_from(places: tuple[tuple[str, Choice], ...]) -> str | None:
    return next((said.provider for _, said in places if said.provider), None)


def _variable(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None
