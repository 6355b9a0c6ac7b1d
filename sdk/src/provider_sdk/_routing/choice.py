"""Who is to answer a call, and with which model: arguments, variables, settings."""

from __future__ import annotations

import os
from functools import cache
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
    chosen, source = _provider_from(places)
    for position, (_, said) in enumerate(places):
        if said.model and _provider_from(places[position:])[0] == chosen:
            return Chosen(chosen, said.model, source)
    return Chosen(chosen, None, source)


_Places = tuple[tuple[str, Choice], ...]


def _places(task: str, arguments: Choice, settings: RouterSettings) -> _Places:
    """Return what each place says, with what an error calls the provider there."""
    variables, of_task = _names(task)
    environment = Choice(*map(_variable, variables))
    return (
        ("the argument `provider`", arguments),
        (f"the environment variable {variables[0]}", environment),
        (of_task, settings.tasks.get(task, Choice())),
        ("the setting provider", settings.choice),
    )


@cache
def _names(task: str) -> tuple[tuple[str, str], str]:
    variable = f"OLLAMA_CLI_{task.upper()}_"
    return (f"{variable}PROVIDER", f"{variable}MODEL"), f"the setting tasks.{task}.provider"


def _provider_from(places: _Places) -> tuple[str | None, str]:
    for source, said in places:
        if said.provider:
            return said.provider, source
    return None, ""


def _variable(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None
