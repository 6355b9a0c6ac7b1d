"""Remembering how the last question was routed, for ``ollama-cli why``.

The file holds names, outcomes, kinds of errors and times. It holds no prompt, no answer, and no
text of an error, because a service may repeat a prompt in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from provider_sdk import Attempt, Route

from ollama_cli.settings.folders import data_folder
from ollama_cli.settings.own_files import NotOwnError, read_own, write_own

NAME = "last_route.json"

_LARGEST = 1 << 16
_MOST_ATTEMPTS = 50
_LONGEST_NAME = 200


def remember(task: str, attempts: Sequence[Attempt], route: Route | None) -> str | None:
    """Store a route; return why it cannot be stored, ``None`` if it was.

    Args:
        task: the task that it was for.
        attempts: every candidate, in order.
        route: the route to the answer, ``None`` if nobody answered.
    """
    found = {
        "task": task,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "provider": route and _short(route.provider),
        "model": route and _short(route.model),
        "attempts": [_fields(attempt) for attempt in attempts[:_MOST_ATTEMPTS]],
    }
    try:
        write_own(_path(), json.dumps(found).encode())
    except (OSError, NotOwnError) as error:
        return f"the route is not remembered for 'why': {error}"
    return None


def last_route() -> dict[str, Any] | None:
    """Return the route that was stored last, as JSON; ``None`` if it is missing or damaged."""
    try:
        data = read_own(_path(), _LARGEST, follow_links=False)
        found = json.loads(data)
    except (OSError, NotOwnError, ValueError, RecursionError):
        return None
    return found if _has_form(found) else None


def _path() -> Path:
    folder = data_folder()
    if folder is None:
        raise OSError("there is no home folder")
    return folder / NAME


def _fields(attempt: Attempt) -> dict[str, Any]:
    error = attempt.error
    return {
        "provider": _short(attempt.provider),
        "model": _short(attempt.model),
        "outcome": attempt.outcome,
        "error": error and {"type": type(error).__name__, "status": error.status},
        "seconds": round(attempt.seconds, 3),
    }


def _short(name: str) -> str:
    return name[:_LONGEST_NAME]


def _has_form(found: object) -> bool:
    """Whether it is what ``remember`` writes; another version may have written something else."""
    if not isinstance(found, Mapping) or not isinstance(found.get("attempts"), list):
        return False
    if not all(isinstance(found.get(name), str) for name in ("task", "at")):
        return False
    if not all(isinstance(found.get(name), str | None) for name in ("provider", "model")):
        return False
    return all(_is_attempt(attempt) for attempt in found["attempts"])


def _is_attempt(found: object) -> bool:
    names = ("provider", "model", "outcome")
    if not isinstance(found, Mapping) or not all(isinstance(found.get(n), str) for n in names):
        return False
    error = found.get("error")
    return error is None or (isinstance(error, Mapping) and isinstance(error.get("type"), str))
