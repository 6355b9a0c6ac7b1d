"""Providers that installed distributions declare as entry points."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import reduce
from importlib import import_module
from typing import NamedTuple

from provider_sdk._errors import RegistryError
from provider_sdk._patterns import Pattern
from provider_sdk._redact import Redactor, secrets_in

ENTRY_POINT_GROUP = "provider_sdk.providers"
"""The group in which a distribution declares its providers."""

_LONGEST_TEXT = 10_000
_LONGEST_REASON = 300
_OBJECT = Pattern(r"([\w.]+)\s*(?::\s*([\w.]+)\s*)?(?:\[.*\]\s*)?$")
"""What an entry point may lead to: a module, what it has, and extras, which count no more."""


class Declaration(NamedTuple):
    """An entry point and the distribution that declares it, such as ``"acme 1.0"``."""

    name: str
    value: str
    owner: str

    def __str__(self) -> str:
        return f"the entry point {self.value} of {self.owner}"

    def load(self) -> object:
        """Import what the entry point leads to.

        Raises:
            RegistryError: that fails, in whichever way.
        """
        found: object = None
        problem = ""
        if target := _OBJECT.match(self.value):
            try:
                module, attributes = import_module(target[1]), target[2] or ""
                found = reduce(getattr, filter(None, attributes.split(".")), module)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - code of others, which may exit
                problem = reason_of(error)
        else:
            problem = "that is not of the form module:class"
        if not problem:
            return found
        raise RegistryError(
            f"provider {self.name!r} cannot be imported from {self.value} of {self.owner}: "
            f"{problem}",
            provider=self.name,
            hint=repair_hint(self.owner),
        )


class Damage(NamedTuple):
    """A distribution whose declaration of providers cannot be read."""

    owner: str
    error: RegistryError


def repair_hint(owner: str) -> str:
    """Return what to do about a distribution that is broken."""
    return f"Repair or uninstall {owner}."


def reason_of(error: BaseException, secrets: Iterable[str | None] = ()) -> str:
    """Return the class and the text of any error as one line, not too long and without secrets.

    Args:
        error: the error.
        secrets: what its provider holds, as far as it is known.
    """
    try:
        text = str(error)[:_LONGEST_TEXT]
    except Exception:  # noqa: BLE001 - code of others
        text = ""
    # Nobody knows yet which variable holds the credential of a provider that cannot be loaded.
    text = Redactor([*secrets_in(os.environ), *secrets])(text)
    return " ".join(f"{type(error).__name__}: {text}".split())[:_LONGEST_REASON].rstrip(": ")
