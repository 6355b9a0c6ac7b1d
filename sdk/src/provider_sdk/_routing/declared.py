"""Providers that installed distributions declare as entry points.

``importlib.metadata.entry_points`` fails as a whole if one distribution is damaged, whichever that
is, and misses those of a distribution in front of which an upgrade has left an empty folder. So
each distribution is read by itself here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

from provider_sdk._errors import RegistryError
from provider_sdk._redact import Redactor, secrets_in

ENTRY_POINT_GROUP = "provider_sdk.providers"
"""The group in which a distribution declares its providers."""

_FILE = "entry_points.txt"
_LONGEST_TEXT = 10_000
_LONGEST_REASON = 300
_LONGEST_FIELD = 100
_SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Declaration:
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
        try:
            found = EntryPoint(self.name, self.value, ENTRY_POINT_GROUP).load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - code of others, which may exit
            problem = reason_of(error)
        if not EntryPoint.pattern.match(self.value):
            problem = "that is not of the form module:class"
        if not problem:
            return found
        raise RegistryError(
            f"provider {self.name!r} cannot be imported from {self.value} of {self.owner}: "
            f"{problem}",
            provider=self.name,
            hint=repair_hint(self.owner),
        )


@dataclass(frozen=True, slots=True)
class Damage:
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


def declared() -> tuple[list[Declaration], list[Damage]]:
    """Return what the installed distributions declare, and which of them cannot be read.

    Of several copies of one distribution only the first on the path counts, as for imports.
    """
    found: dict[Declaration, None] = {}
    damaged: list[Damage] = []
    for distribution in _declaring():
        owner = _owner(distribution)
        try:
            points = distribution.entry_points.select(group=ENTRY_POINT_GROUP)
            found.update({Declaration(point.name, point.value, owner): None for point in points})
        except Exception as error:  # noqa: BLE001 - the file may be damaged in any way
            problem = f"the {_FILE} of {owner} cannot be read: {reason_of(error)}"
            damaged.append(Damage(owner, RegistryError(problem, hint=repair_hint(owner))))
    return list(found), damaged


def _declaring() -> Iterator[Distribution]:
    """Yield each distribution that declares providers, once."""
    seen: set[str] = set()
    for distribution in distributions():
        text = _declarations_of(distribution)
        if ENTRY_POINT_GROUP not in text:
            continue
        if name := _name(distribution):
            key = _SEPARATORS.sub("-", name).lower()
            if key in seen or _declarations_of(_first(name, distribution)) != text:
                continue
            seen.add(key)
        yield distribution


def _first(name: str, copy: Distribution) -> Distribution:
    """Return the copy of a distribution that imports find."""
    # What an upgrade left behind may come first, but has no name.
    return next((other for other in distributions(name=name) if _name(other)), copy)


def _declarations_of(distribution: Distribution) -> str:
    try:
        return distribution.read_text(_FILE) or ""
    except UnicodeDecodeError as error:
        return error.object.decode(errors="replace")
    except OSError:
        return ""


def _owner(distribution: Distribution) -> str:
    name, version = _name(distribution), _field(distribution, "Version")
    if not name:
        return "an unnamed distribution"
    return f"{name} {version}" if version else name


def _name(distribution: Distribution) -> str:
    return _field(distribution, "Name")


def _field(distribution: Distribution, name: str) -> str:
    """Return a field of the metadata, ``""`` without one; anything may stand there."""
    try:
        text = (distribution.metadata.get_all(name) or [""])[0]
    except Exception:  # noqa: BLE001 - metadata of others, damaged in any way
        return ""
    return "".join(filter(str.isprintable, text))[:_LONGEST_FIELD]
