"""Where a credential comes from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from provider_sdk._errors import ProviderAuthError
from provider_sdk._validation import is_sendable

_QUOTES = ("'", '"')  # `docker run --env-file` keeps those of the file


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential, and where it was found; its value is never in ``repr``.

    Attributes:
        value: the credential itself.
        source: where it was found, for errors, such as ``"the environment variable HF_TOKEN"``.
    """

    value: str = field(repr=False)
    source: str


def first_credential(argument: str | None, variables: Iterable[str]) -> Credential | None:
    """Return the ``api_key`` argument, else the first variable that is set; blank counts as unset.

    Raises:
        ValueError: the argument is not text.
    """
    if not isinstance(argument, str | None):
        raise ValueError(f"api_key must be text, not {type(argument).__name__}")
    if argument and argument.strip():
        return Credential(argument.strip(), "the api_key argument")
    for variable in variables:
        if value := os.environ.get(variable, "").strip():
            return Credential(value, f"the environment variable {variable}")
    return None


def check_sendable(credential: Credential, provider: str) -> None:
    """Raise ``ProviderAuthError`` for a credential in quotes, or one that no header can carry."""
    if not is_sendable(credential.value) or " " in credential.value:
        problem = "holds a space, a line break or a character outside ASCII"
    elif credential.value[0] in _QUOTES and credential.value[-1] == credential.value[0]:
        problem = "is in quotes"
    else:
        return
    raise ProviderAuthError(
        f"the credential from {credential.source} {problem}",
        provider=provider,
        hint="Copy it again, without quotes.",
    )
