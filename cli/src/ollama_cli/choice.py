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
        provider: the provider that was named; ``None`` if the router decides, to which the
            variables and settings of the task are known.
        source: what named it.
    """

    task: str
    provider: str | None
    source: str


def choose(settings: Mapping[str, Any], provider: str | None, task: str | None) -> Choice:
    """Return who answers: ``--provider``, ``--task``, the variable, the setting, the router.

    Args:
        settings: the user's settings, which have been checked.
        provider: the option ``--provider``.
        task: the option ``--task``.
    """
    if provider:
        return Choice(task or DEFAULT_TASK, provider, "--provider")
    if task and _has_provider(settings, task):
        return Choice(task, None, "")
    return Choice(task or DEFAULT_TASK, *named_provider(settings))


def named_provider(settings: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return the provider that the environment or the settings name for all, and which of them."""
    if name := os.environ.get(PROVIDER_VARIABLE, "").strip():
        return name, PROVIDER_VARIABLE
    name = settings.get("provider")
    return name, "the setting 'provider'" if name else ""


def _has_provider(settings: Mapping[str, Any], task: str) -> bool:
    variable = f"OLLAMA_CLI_{task.upper()}_PROVIDER"
    chosen = (settings.get("tasks") or {}).get(task) or {}
    return bool(os.environ.get(variable, "").strip() or chosen.get("provider"))
