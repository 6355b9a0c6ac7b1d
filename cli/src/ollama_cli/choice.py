"""Who is to answer a question: a provider that somebody named, or one that the router finds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

PROVIDER_VARIABLE = "OLLAMA_CLI_PROVIDER"
TASKS = ("coding", "agent", "subagent")
DEFAULT_TASK = "agent"


class Choice(NamedTuple):
    """Who is to answer.

    Attributes:
        task: what the question is for.
        provider: the provider that was named; ``None`` if those of the chain are asked in order.
        source: what named it; ``""`` if nothing did.
    """

    task: str
    provider: str | None
    source: str


def choose(settings: Mapping[str, Any], provider: str | None, task: str | None) -> Choice:
    """Return who answers: by ``--provider``, ``--task``, the variable, the setting, or the chain.

    Without ``--task`` the variables and settings of the task ``agent`` count after those for all
    questions.

    Args:
        settings: the user's settings, which a router has checked.
        provider: the option ``--provider``.
        task: the option ``--task``.
    """
    places = [(provider, "--provider")]
    if task:
        places += [*_of_task(settings, task), *_of_all(settings)]
    else:
        places += [*_of_all(settings), *_of_task(settings, DEFAULT_TASK)]
    for name, source in places:
        if name:
            return Choice(task or DEFAULT_TASK, name, source)
    return Choice(task or DEFAULT_TASK, None, "")


_Places = list[tuple[str | None, str]]


def _of_all(settings: Mapping[str, Any]) -> _Places:
    return [
        (_variable(PROVIDER_VARIABLE), PROVIDER_VARIABLE),
        (settings.get("provider"), "the setting 'provider'"),
    ]


def _of_task(settings: Mapping[str, Any], task: str) -> _Places:
    variable = f"OLLAMA_CLI_{task.upper()}_PROVIDER"
    chosen = (settings.get("tasks") or {}).get(task) or {}
    return [
        (_variable(variable), variable),
        (chosen.get("provider"), f"the setting 'tasks.{task}.provider'"),
    ]


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()
