"""Who is to answer a call, and with which model: arguments, variables, settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
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
    variable, sources = _names(task)
    of_task = settings.tasks.get(task, _NOTHING)
    named = (provider, _variable(f"{variable}PROVIDER"), of_task.provider, settings.choice.provider)
    chosen = next(filter(None, named), None)
    source = sources[named.index(chosen)] if chosen else ""
    if model:
        return Chosen(chosen, model, source)
    models = (None, _variable(f"{variable}MODEL"), of_task.model, settings.choice.model)
    for position, said in enumerate(models):
        if said and _first(named[position:]) == chosen:
            return Chosen(chosen, said, source)
    return Chosen(chosen, None, source)


_NOTHING = Choice()


@cache
def _names(task: str) -> tuple[str, tuple[str, ...]]:
    """Return how a task's variables begin, and what an error calls the places of a provider."""
    variable = f"OLLAMA_CLI_{task.upper()}_"
    return variable, (
        "the argument `provider`",
        f"the environment variable {variable}PROVIDER",
        f"the setting tasks.{task}.provider",
        "the setting provider",
    )


def _first(named: Sequence[str | None]) -> str | None:
    return next(filter(None, named), None)


def _variable(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None
