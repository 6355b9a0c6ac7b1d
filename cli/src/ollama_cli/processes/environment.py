"""The variables that hooks and status lines inherit: none that holds a credential."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

_SECRET = re.compile(
    r"auth(?!ors?(_|$))|bearer|cookie|credential|key(?!board|map)|pass(w|phrase|_|$)|pwd$"
    r"|secret|token",
    re.IGNORECASE,
)
_HARMLESS = frozenset({"PWD", "OLDPWD"})
_URL_WITH_PASSWORD = re.compile(r"://[^/\s@]*:[^/\s@]+@")
_LONGEST_ADDED = 4096
_SHORTEST_SECRET = 8
"""Characters; what is shorter cannot be told from other text."""


class ChildEnvironment:
    """What children inherit of this process's environment.

    Args:
        settings: name providers, whose credential variables are not inherited.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        own = _credential_variables(settings)
        self._secret = {
            name
            for name, value in os.environ.items()
            if name in own or _looks_secret(name) or _URL_WITH_PASSWORD.search(value)
        }

    def variables(self, listed: Iterable[str], **added: str | None) -> dict[str, str]:
        """Return the variables of a child.

        Args:
            listed: variables that it gets although they may hold a credential.
            added: variables to add; one that is ``None`` is empty, and a very long one is cut.
        """
        held_back = self._secret.difference(listed)
        kept = {name: value for name, value in os.environ.items() if name not in held_back}
        return kept | {name: _clean(value or "") for name, value in added.items()}

    def redact(self, text: str) -> str:
        """Return the text without the values of variables that may hold a credential."""
        values = {os.environ.get(name, "").strip() for name in self._secret}
        for value in sorted(values, key=len, reverse=True):
            if len(value) >= _SHORTEST_SECRET:
                text = text.replace(value, "[redacted]")
        return text


def _looks_secret(name: str) -> bool:
    return name not in _HARMLESS and _SECRET.search(name) is not None


def _clean(value: str) -> str:
    """Return what an environment can hold: no NUL, no half of a surrogate pair."""
    return value[:_LONGEST_ADDED].replace("\0", "").encode("utf-8", "replace").decode()


def _credential_variables(settings: Mapping[str, Any]) -> frozenset[str]:
    from provider_sdk import describe_providers  # loads the providers

    from ollama_cli.choosing.importing import importing
    from ollama_cli.settings.keys import router_settings

    with importing():
        try:
            described = describe_providers(router_settings(settings))
        except ValueError:
            return frozenset()  # the settings are broken, and whoever asks a provider says so
    return frozenset(name for each in described for name in each.api_key_env)
