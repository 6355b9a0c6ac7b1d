"""Finding credentials in settings, where they do not belong; no message repeats one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_NAMES_VARIABLES = "api_key_env"
_ADVICE = (
    "settings hold no credential; store it with 'ollama-cli login', or put it into an environment "
    f"variable, and the variable's name into {_NAMES_VARIABLES!r}"
)
_SECRET = re.compile("auth|bearer|key|passw|secret|token", re.IGNORECASE)
_RULES = ("required", "optional", "none")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_MIXED = 24
"""Few names of variables are longer and mix small letters with digits; most credentials do."""


def credential_problem(settings: Mapping[str, Any]) -> str | None:
    """Return which key holds a credential, or what could be one, and what to do; else ``None``."""
    for place, found in _places(settings):
        for key in found:
            if key != _NAMES_VARIABLES and _SECRET.search(key):
                return f"{place}{key!r}: {_ADVICE}"
    for name, config in _mappings(settings.get("providers")):
        if config.get("credential") not in (None, *_RULES):
            return f"provider {name!r}: 'credential' must be one of {', '.join(_RULES)}"
        if not all(map(_is_variable, _variables(config.get(_NAMES_VARIABLES)))):
            return f"provider {name!r}: {_NAMES_VARIABLES!r} must name an environment variable"
        if "@" in str(config.get("base_url")):
            return f"provider {name!r}: 'base_url' with a user or password: {_ADVICE}"
    return None


def _places(settings: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what may hold one: not names of models, for example, which may be anything."""
    yield "", settings
    for name, config in _mappings(settings.get("providers")):
        yield f"provider {name!r}: ", config
    for task, choice in _mappings(settings.get("tasks")):
        yield f"task {task!r}: ", choice


def _mappings(found: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield those entries that are mappings; the others are the router's to refuse."""
    for name, value in found.items() if isinstance(found, Mapping) else ():
        if isinstance(value, Mapping):
            yield name, value


def _variables(found: object) -> list[object]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _is_variable(name: object) -> bool:
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        return False
    is_mixed = name != name.upper() and any(letter.isdigit() for letter in name)
    return len(name) <= _LONGEST_MIXED or not is_mixed
