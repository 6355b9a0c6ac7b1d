"""The keys of a settings file, and the form of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ollama_cli.settings.credentials import credential_problem
from ollama_cli.terminal.near import did_you_mean

ROUTER_KEYS = frozenset(
    {
        "provider",
        "model",
        "tasks",
        "providers",
        "fallback_chain",
        "local_only",
        "budgets",
        "prices",
    }
)
"""Keys that ``ProviderRouter`` takes, and checks."""

KEY_BINDINGS = ["emacs", "vi"]
"""What the keys of the chat's input may be those of."""

SCHEMA_KEY = "$schema"
"""Where editors look for the schema of the file; it sets nothing."""


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _is_text_or_list(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(isinstance(item, str) for item in values)


def _maps_names(value: object) -> bool:
    if not isinstance(value, Mapping) or not all(value):
        return False
    return all(isinstance(item, str) and item.strip() for item in value.values()) and not any(
        item in value for item in value.values()
    )


def _is_of_chat(value: object) -> bool:
    if not isinstance(value, Mapping) or value.keys() - {"plain", "keys"}:
        return False
    is_plain, keys = value.get("plain"), value.get("keys")
    return (is_plain is None or _is_flag(is_plain)) and (keys is None or keys in KEY_BINDINGS)


_FORMS: dict[str, tuple[Callable[[object], bool], str]] = {
    "aliases": (_maps_names, "an object that maps names to models, and not to other aliases"),
    "context_window": (_is_count, "a whole number of tokens"),
    "compact_at": (_is_share, "a share between 0 and 1"),
    "sessions": (_is_flag, "true or false"),
    "retention_days": (_is_count, "a whole number of days"),
    "status_line": (_is_text_or_list, "a name or a list of names"),
    "chat": (
        _is_of_chat,
        'an object with "plain", true or false, and "keys", which is "emacs" or "vi"',
    ),
    "disable_hooks": (_is_flag, "true or false"),
    "hooks": (lambda value: isinstance(value, Mapping), "an object"),
    "insecure_http": (_is_flag, "true or false"),
    SCHEMA_KEY: (lambda value: isinstance(value, str), "the address of a schema"),
}

KEYS = ROUTER_KEYS | _FORMS.keys() - {SCHEMA_KEY}
"""All keys that set something."""


def problem_with(settings: object) -> str | None:
    """Return what is wrong with settings, apart from the values of the router's keys.

    A value of null counts as absent.
    """
    if not isinstance(settings, Mapping):
        return "settings are one JSON object"
    if problem := credential_problem(settings):
        return problem
    for key, value in settings.items():
        if key not in KEYS and key != SCHEMA_KEY:
            return f"unknown key {key!r}{did_you_mean(key, KEYS)}"
        if value is None or key in ROUTER_KEYS:
            continue
        has_form, form = _FORMS[key]
        if not has_form(value):
            return f"{key!r} must be {form}"
        if key == "hooks":
            from ollama_cli.hooks.form import hooks_problem  # only those who have hooks pay for it

            if problem := hooks_problem(value):
                return problem
        if key == "status_line":
            from ollama_cli.status_lines.form import status_line_problem

            if problem := status_line_problem(value):
                return problem
    return None


def router_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part that ``ProviderRouter`` takes."""
    return {key: value for key, value in settings.items() if key in ROUTER_KEYS}
